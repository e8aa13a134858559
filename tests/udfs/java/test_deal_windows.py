"""deal_windows in Flink, by the job's own query: what WindowShardTest cannot see."""

import base64
import json
from typing import Any

import pytest

from flink_jobs.config import Windows
from flink_jobs.summarise_deals import DEAL, arguments, stages
from flink_jobs.tables import columns
from schemas.definitions import definition
from tests.udfs.java.conftest import FlinkError

pytestmark = pytest.mark.flink

HOUR_MS = 3600 * 1000
START_MS = 20_000 * 24 * HOUR_MS
WINDOWS = Windows.model_validate({"lateness.hours": 3, "idle.s": 60, "best.n": 2})
COLUMNS = "shard STRING, category STRING, arrived_at BIGINT, " + ", ".join(
    f"{name} {type_}" for name, type_ in DEAL.items()
)


# Lists of rows and bytes do not reach Python's collect(): as text.
COLLECTED = ["shard", *columns("deals.stats"), "reason", "detail", "origin_topic"]
COLLECTED += ["origin_partition", "origin_offset", "payload"]
AS_TEXT = {"best": "JSON_STRING(best) AS best", "payload": "DECODE(payload, 'UTF-8') AS payload"}
QUERY = (
    f"SELECT {', '.join(AS_TEXT.get(name, name) for name in COLLECTED)} FROM "  # noqa: S608 - ours
    f"({stages(WINDOWS)['windows']})"
)


def at(hour: float) -> int:
    return START_MS + round(hour * HOUR_MS)


def deal(hour: float, **changes: Any) -> dict[str, Any]:
    """A deal that arrives when it happens; a test shows only what matters to it."""
    return {
        "shard": "0",
        "category": "tv",
        "arrived_at": at(hour),
        "deal_id": f"deal {hour}",
        "product_key": f"product {hour}",
        "title": "Acme TV",
        "url": "https://shop.example/tv",
        "merchant": None,
        "price_usd": 20,
        "fair_usd_p10": None,
        "discount_ratio": 0.1,
        "deal_score": None,
        "is_bargain": False,
        "is_best": False,
        "has_list_price": False,
        "is_list_price_fake": False,
        "observed_at": at(hour),
        "origin_topic": "deals.evaluated",
        "origin_partition": 0,
        "origin_offset": round(hour * 1000),
        "payload": base64.b64encode(b"raw").decode(),
    } | changes


def tick(hour: float, shard: str = "0") -> dict[str, Any]:
    return {"shard": shard, "arrived_at": at(hour)}


@pytest.fixture
def windows(ask):
    """Runs rows, in this order, through the job's query; all that comes out, in order."""

    def run(*rows: dict[str, Any]) -> list[dict[str, Any]]:
        ask("declare", table="heard", columns=COLUMNS, rows=rows)
        rows = ask("query", sql=QUERY)
        return [row | {"best": json.loads(row["best"] or "[]")} for row in rows]

    return run


def tumbling(rows: list[dict[str, Any]], category: str = "tv") -> list[tuple[Any, ...]]:
    """(hour, revision, closed_by, deals) of the hours of a category."""
    return [
        (
            (row["window_start"] - START_MS) // HOUR_MS,
            row["revision"],
            row["closed_by"],
            row["deals"],
        )
        for row in rows
        if row["window_kind"] == "tumbling" and row["category"] == category
    ]


def test_a_window_has_its_figures_and_its_best_deals(windows):
    bargain = {"is_bargain": True, "is_best": True, "fair_usd_p10": 90, "deal_score": 0.9}
    rows = windows(
        deal(0.1, has_list_price=True, is_list_price_fake=True),
        deal(0.2, discount_ratio=None, has_list_price=True),
        deal(0.3, discount_ratio=0.4, merchant="shop", **bargain),
        deal(0.4, discount_ratio=0.5, **bargain | {"deal_score": 0.95, "fair_usd_p10": 21.5}),
        deal(0.5, discount_ratio=0.9, **bargain | {"deal_score": 0.5, "fair_usd_p10": 9000}),
        tick(0.5),
        tick(0.6),
    )
    hour = rows[0]
    best = hour.pop("best")
    assert hour == {
        "shard": "0",
        "window_id": f"tv|tumbling|{START_MS}",
        "category": "tv",
        "window_kind": "tumbling",
        "window_start": START_MS,
        "window_end": START_MS + HOUR_MS,
        "revision": 1,
        "closed_by": "idle",
        "deals": 5,
        "bargains": 3,
        "priced": 4,
        "median_discount_ratio": 0.45,
        "list_prices": 2,
        "fake_list_prices": 1,
        "fake_list_price_share": 0.5,
        "updated_at": at(0.6),
        **dict.fromkeys(("reason", "detail", "origin_topic", "origin_partition"), None),
        **dict.fromkeys(("origin_offset", "payload"), None),
    }
    assert [(each["deal_id"], each["merchant"], each["discount_low_usd"]) for each in best] == [
        ("deal 0.4", None, 1.5),
        ("deal 0.3", "shop", 70),
    ]
    (field,) = [each for each in definition("deals.stats")["fields"] if each["name"] == "best"]
    assert list(best[0]) == sorted(each["name"] for each in field["type"]["items"]["fields"])
    (day,) = [row for row in rows if row["window_kind"] == "sliding"]
    assert (day["window_end"], day["deals"]) == (START_MS + HOUR_MS, 5)


def test_a_late_deal_corrects_its_windows_with_a_higher_revision(windows):
    late = deal(0.9, arrived_at=at(1.5))
    rows = windows(deal(0.5), deal(1.5), tick(1.5), late, tick(1.5))
    assert tumbling(rows) == [(0, 1, "event_time", 1), (0, 2, "late_deal", 2)]
    days = [row for row in rows if row["window_kind"] == "sliding"]
    assert [(row["revision"], row["deals"]) for row in days] == [(1, 1), (2, 2)]


def test_a_deal_too_late_for_a_window_is_told_with_the_record_it_came_as(windows):
    late = deal(0.6, arrived_at=at(4.5), origin_offset=77, origin_partition=3)
    rows = windows(deal(0.5), deal(4.5), tick(4.5), late, tick(4.5))
    (letter,) = [row for row in rows if row["reason"] is not None]
    assert letter["reason"] == "window_closed"
    assert letter["detail"] == "category tv: 2 of its 25 windows had closed for good"
    assert (letter["origin_topic"], letter["origin_partition"], letter["origin_offset"]) == (
        "deals.evaluated",
        3,
        77,
    )
    assert letter["payload"] == "raw"
    assert letter["window_id"] is None
    assert tumbling(rows) == [(0, 1, "event_time", 1)]
    corrected = {row["closed_by"] for row in rows if row["revision"] == 2}
    assert corrected == {"late_deal"}


def test_an_idle_partition_holds_no_window_up_and_a_slow_one_does(windows):
    slow = deal(0.5, arrived_at=at(2), deal_id="slow", origin_partition=1)
    begin = (deal(0.5, origin_partition=1), deal(2))
    held = windows(*begin, slow, tick(2))
    assert tumbling(held) == []
    idle = windows(*begin, slow, tick(2), deal(2.02), tick(2.02))
    assert tumbling(idle) == [(0, 1, "event_time", 2)]


def test_when_no_deals_come_windows_close_by_the_clock(windows):
    rows = windows(deal(0.5), tick(0.51), tick(0.52), tick(2))
    assert tumbling(rows) == [(0, 1, "idle", 1)]
    days = [row["window_end"] for row in rows if row["window_kind"] == "sliding"]
    assert days == [at(1), at(2)]


def test_shards_and_categories_are_apart(windows):
    rows = windows(
        deal(0.5),
        deal(0.5, category="phone"),
        deal(0.5, category="*", shard="1"),
        deal(0.6, category="*", shard="1"),
        tick(1.0, "1"),
        tick(1.0),
    )
    assert tumbling(rows) == tumbling(rows, "phone") == [(0, 1, "idle", 1)]
    assert tumbling(rows, "*") == [(0, 1, "idle", 2)]


def test_an_observation_that_comes_twice_counts_once(windows):
    rows = windows(deal(0.5), deal(0.5), deal(0.5, price_usd=19), tick(0.6))
    assert tumbling(rows) == [(0, 1, "idle", 2)]


def test_a_table_without_the_columns_is_refused(ask):
    ask("declare", table="heard", columns="shard STRING, category STRING", rows=[{"shard": "0"}])
    with pytest.raises(FlinkError, match="deal_windows needs a column deal_id"):
        ask("query", sql=QUERY)


def test_the_plan_keeps_the_state_under_a_uid_that_says_the_sizes(ask, windows):
    windows(deal(0.5))
    plan = ask("explain", sql=QUERY)
    assert "uid=[deal-windows-60m-24h-60m]" in plan


def test_the_arguments_are_milliseconds():
    given = dict(each.split(" => ") for each in arguments(WINDOWS).split(", "))
    assert given["lateness_ms"] == "CAST(10800000 AS BIGINT)"
    assert given["idle_ms"] == "CAST(60000 AS BIGINT)"
    assert json.loads(given["best"]) == 2
