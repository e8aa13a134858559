"""A history replayed as a stream: what the state function says is what brute force computes."""

import csv
import gzip
import json
import random
import subprocess
import sys
from datetime import date, timedelta
from pathlib import Path

import pytest

from local.build import ROOT
from scripts.replay_history.__main__ import compare
from scripts.replay_history.brute_force import answers
from scripts.replay_history.prices import DailyPrice, read_prices

HEADER = ("product_id", "date", "price_median", "price_min", "n_listings")


def write_history(path: Path, seed: int, products: int) -> int:
    """A file as those of real shops: long gaps, sales, rises, a glitch now and then; its rows."""
    made = random.Random(seed)
    rows = []
    for number in range(products):
        usual = made.lognormvariate(4, 1)
        day = date(2023, 7, 1) + timedelta(days=made.randrange(200))
        for _ in range(made.choice([1, 3, 9, 9, 12, 40])):
            if made.random() < 0.1:
                usual *= made.choice([0.8, 0.9, 1.1, 1.3])
            price = usual * made.choice([1, 1, 1, 1, 0.95, 0.75])
            if made.random() < 0.04:
                price = usual * made.choice([0.01, 0.05, 0.08, 12])
            shown = f"{max(price, 0.01):.2f}"
            rows.append((f"product-{number}", day.isoformat(), shown, shown, 1))
            day += timedelta(days=made.choice([1, 1, 2, 5, 30, 120]))
    made.shuffle(rows)
    with gzip.open(path, "wt", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([HEADER, *rows])
    return len(rows)


@pytest.mark.flink
def test_a_replayed_history_says_for_every_product_and_day_what_brute_force_computes(tmp_path):
    count = write_history(tmp_path / "history.csv.gz", seed=5, products=500)
    run = subprocess.run(
        [
            sys.executable,
            "-m",
            "scripts.replay_history",
            "--history",
            str(tmp_path / "history.csv.gz"),
        ],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=900,
        check=False,
    )
    assert run.returncode == 0, run.stderr[-3000:]
    figures = json.loads(run.stdout.splitlines()[-1])
    assert (figures["products"], figures["prices"], figures["differences"]) == (500, count, 0)
    assert figures["held"] > 50, "glitches are among them"


def price(day: int, usd: float, product_id: str = "lamp") -> DailyPrice:
    return DailyPrice(20_000 + day, product_id, round(usd * 10_000))


def test_brute_force_reads_the_definitions():
    usual = [price(day, 60) for day in range(4)]
    *_, glitch, after, confirmed = answers([*usual, price(4, 5), price(5, 61), price(6, 5.5)])
    assert (glitch["is_held"], glitch["all_time_low"], glitch["low_7d"]) == (True, 600_000, 600_000)
    assert (after["previous_price_usd"], after["typical_7d"]) == (600_000, 600_000)
    assert (confirmed["is_held"], confirmed["is_repeated"]) == (False, True)
    assert (confirmed["all_time_low"], confirmed["all_time_high"]) == (50_000, 610_000)
    assert confirmed["all_time_low_at"] == 20_004 * 86_400_000


@pytest.mark.parametrize(
    "spoil",
    [
        lambda said: said[0][1].update(low_7d=1),
        lambda said: said[2][1].pop("typical_90d"),
        lambda said: said.pop(),
        lambda said: said.append(said[0]),
        lambda said: said.append((price(9, 9, "another"), {})),
    ],
)
def test_whatever_is_said_otherwise_is_a_difference(spoil):
    prices = [price(day, 60 + day) for day in range(3)]
    said = list(zip(prices, answers(prices), strict=True))
    assert compare(prices, said).differences == []
    spoil(said)
    assert len(compare(prices, said).differences) == 1


@pytest.mark.parametrize(
    "row", ["lamp,2024-01-01,", "lamp,soon,1.00", "lamp,2024-01-01,1.00001", "lamp,2024-01-01,-1"]
)
def test_a_file_that_holds_no_prices_is_refused(tmp_path, row):
    path = tmp_path / "history.csv"
    path.write_text(f"product_id,date,price_median\n{row}\n")
    with pytest.raises(ValueError, match="line 2: no day with a price"):
        list(read_prices(path, "price_median"))


def test_a_file_without_the_column_is_refused(tmp_path):
    path = tmp_path / "history.csv"
    path.write_text("product_id,date,price\n")
    with pytest.raises(ValueError, match="no column price_median"):
        list(read_prices(path, "price_median"))
