"""Windows through the running application: figures, best deals, corrections, dead letters."""

import time
import uuid
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest
from opensearchpy import OpenSearch

from tests.application import DAY_MS, DEADLINE_S, START_MS, Running
from tests.schemas.records import example

pytestmark = pytest.mark.broker

HOUR_MS = 3600 * 1000
LATENESS_MS = 400 * DAY_MS  # tests/application.py
NOON_MS = START_MS // DAY_MS * DAY_MS + 120 * DAY_MS + 12 * HOUR_MS


@pytest.fixture
def category() -> str:
    """One of this test's own."""
    return f"category {uuid.uuid4().hex[:10]}"


def deal(category: str, minute: float, **changes: Any) -> dict[str, Any]:
    """An evaluated deal of the hour from noon; a test shows only what matters to it."""
    name = uuid.uuid4().hex[:10]
    plain = {
        "deal_id": name,
        "product_key": name,
        "category": category,
        "observed_at": NOON_MS + round(minute * 60_000),
        "is_expired": False,
        "verdict": "fair",
        "reason_codes": [],
        "reasons": [],
        "list_price_usd": None,
    }
    return example("deals.evaluated", **plain | changes)


def bargain(category: str, minute: float, score: float, low: str, price: str) -> dict[str, Any]:
    """A bargain: price, low end of the fair price, deal_score."""
    prices = {"price_usd": Decimal(price), "fair_usd_p10": Decimal(low), "deal_score": score}
    return deal(category, minute, verdict="bargain", **prices)


def send(running: Running, *deals: dict[str, Any]) -> list[tuple[int, int]]:
    encode = running.connection.codec.encode
    return running.send("deals.evaluated", [encode("deals.evaluated", each) for each in deals])


def hours(
    running: Running, category: str, matches: Callable[[dict[str, Any]], bool]
) -> list[dict[str, Any]]:
    """Revisions of the category's tumbling windows up to the one that matches."""

    def is_of_category(record: dict[str, Any]) -> bool:
        return record["category"] == category and record["window_kind"] == "tumbling"

    running.await_records("deals.stats", lambda d: is_of_category(d) and matches(d))
    return running.await_records("deals.stats", is_of_category)


def test_an_hour_of_a_category_has_its_figures_and_best_deals(running: Running, category: str):
    send(
        running,
        deal(category, 5, discount_ratio=0.1, list_price_usd=Decimal(99)),
        deal(
            category,
            6,
            discount_ratio=None,
            list_price_usd=Decimal(99),
            reason_codes=["list_price_never_charged"],
        ),
        deal(
            category,
            7,
            discount_ratio=-0.2,
            list_price_usd=Decimal(99),
            reason_codes=["price_fell", "list_price_inflated"],
        ),
        bargain(category, 8, 0.62, "9000", "10"),
        bargain(category, 9, 0.9, "60", "50"),
        bargain(category, 10, 0.9, "70", "50") | {"is_expired": True},
    )
    hour = hours(running, category, lambda d: d["deals"] == 6)[-1]
    assert hour["window_id"] == f"{category}|tumbling|{NOON_MS}"
    assert (hour["window_start"], hour["window_end"]) == (NOON_MS, NOON_MS + HOUR_MS)
    assert (hour["bargains"], hour["priced"]) == (3, 5)
    assert (hour["list_prices"], hour["fake_list_prices"]) == (3, 2)
    assert hour["fake_list_price_share"] == pytest.approx(2 / 3)
    assert [each["discount_low_usd"] for each in hour["best"]] == [10, 8990]
    days = running.await_records(
        "deals.stats",
        # Other tests write records of other schema versions, whose fields have other names.
        lambda d: d.get("window_id") == f"{category}|sliding|{NOON_MS + HOUR_MS - DAY_MS}",
    )
    assert days[-1]["deals"] == 6


def test_a_late_deal_corrects_topic_and_index(running: Running, category: str):
    send(running, deal(category, 5), deal(category, 200))
    hours(running, category, lambda d: d["window_start"] == NOON_MS)
    send(running, deal(category, 6))
    seen = hours(running, category, lambda d: d["deals"] == 2)
    first, second = (each for each in seen if each["window_start"] == NOON_MS)
    assert (first["revision"], second["revision"]) == (1, 2)
    assert second["closed_by"] == "late_deal"
    until_s = time.monotonic() + DEADLINE_S
    with OpenSearch(running.stack.endpoints().opensearch_url) as client:
        while True:
            client.indices.refresh(index="deal-stats", ignore_unavailable=True)
            found = client.mget(index="deal-stats", body={"ids": [second["window_id"]]})
            (document,) = found["docs"]
            if document.get("found") and document["_source"]["revision"] == 2:
                break
            assert time.monotonic() < until_s, found
            time.sleep(0.5)
    assert document["_source"]["deals"] == 2


def test_a_deal_too_late_for_its_windows_is_a_dead_letter_with_its_record(
    running: Running, category: str
):
    send(running, deal(category, 65))
    hours(running, category, lambda d: True)
    late = deal(category, 5) | {"observed_at": NOON_MS - LATENESS_MS - 2 * DAY_MS}
    ((partition, offset),) = send(running, late)
    letters = running.await_records(
        "deals.dlq",
        lambda d: (
            d["stage"] == "summarise_deals" and (d["partition"], d["offset"]) == (partition, offset)
        ),
        2,
    )
    assert {each["reason"] for each in letters} == {"window_closed"}
    assert {each["detail"].partition(":")[0] for each in letters} == {
        f"category {category}",
        "category *",
    }
    payload = running.connection.codec.encode("deals.evaluated", late)
    assert {each["payload"] for each in letters} == {payload}


def test_a_deal_from_the_future_is_a_dead_letter(running: Running, category: str):
    ahead = round(time.time() * 1000) + 2 * DAY_MS
    ((partition, offset),) = send(running, deal(category, 0) | {"observed_at": ahead})
    (letter,) = running.await_records(
        "deals.dlq",
        lambda d: (
            d["stage"] == "summarise_deals" and (d["partition"], d["offset"]) == (partition, offset)
        ),
    )
    assert letter["reason"] == "time_invalid"
