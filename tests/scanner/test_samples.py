"""The project's own sample feeds, against what a careful reader says of them.

samples_expected.json: key source:item_id; price, currency, merchant (lower case, letters and digits
only, null = none named), condition where the offer states one, list_price, coupon, is_expired,
same_deal_as; or the reason why there is no price.
"""

import json
from collections import Counter
from pathlib import Path

import pytest

from schemas.codec import shipped
from scripts.scanner.entries import Reading, read_feed, record_key
from scripts.scanner.feeds import load_feeds

ROOT = Path(__file__).parents[2]
EXPECTED = json.loads((Path(__file__).parent / "samples_expected.json").read_text())
DIALECTS = {
    "slickdeals": "slickdeals",
    "pepper-uk": "pepper",
    "pepper-de": "pepper",
    "dealnews": "dealnews",
    "ozbargain": "ozbargain",
    "shop-rss": "shop",
    "shop-atom": "shop",
}


@pytest.fixture(scope="module")
def readings() -> dict[str, Reading]:
    feeds = load_feeds(ROOT / "local" / "feeds.toml")
    now_ms = 1_785_500_000_000
    return {feed.name: read_feed(Path(feed.location).read_bytes(), feed, now_ms) for feed in feeds}


@pytest.fixture(scope="module")
def deals(readings):
    return {record_key(deal): deal for reading in readings.values() for deal in reading.deals}


def test_every_sample_is_recognised_and_sound(readings):
    assert {name: reading.dialect for name, reading in readings.items()} == DIALECTS
    assert [warning for reading in readings.values() for warning in reading.warnings] == []


def test_a_careful_reader_has_spoken_of_every_item(deals):
    assert deals.keys() == EXPECTED.keys()


def test_there_are_enough_items_of_every_kind():
    reasons = Counter(expected.get("reason") for expected in EXPECTED.values())
    assert reasons.pop(None) > 60
    assert set(reasons) == {
        "title_missing",
        "price_missing",
        "price_ambiguous",
        "price_conditional",
        "price_invalid",
        "currency_unknown",
        "not_an_offer",
        "link_invalid",
    }


def test_every_item_is_a_record_of_the_schema(deals):
    for deal in deals.values():
        shipped("deals.raw").write(dict(deal))


def test_every_item_has_its_date_and_lies_in_the_past(deals):
    assert all(
        1_780_000_000_000 < deal["published_at"] < 1_785_000_000_000 for deal in deals.values()
    )


def test_structured_prices_are_those_of_the_careful_reader(deals):
    """Where a feed has a field for the price, only its number has to be found in it."""
    for key, expected in EXPECTED.items():
        price = deals[key]["extras"].get("price", "")
        if "price" in expected and any(letter.isdigit() for letter in price):
            digits = "".join(letter for letter in price if letter.isdigit())
            whole = expected["price"].replace(".", "")
            assert digits in (whole, whole.removesuffix("00")), key


def test_the_same_deal_leads_to_the_same_shop_page_by_other_links(deals):
    pairs = [
        (key, other["same_deal_as"]) for key, other in EXPECTED.items() if "same_deal_as" in other
    ]
    assert len(pairs) >= 2
    for one, other in pairs:
        urls = [deals[key]["extras"]["target_url"] for key in (one, other)]
        assert urls[0] != urls[1]
        assert urls[0].partition("?")[0] == urls[1].partition("?")[0]


def test_two_products_have_a_price_history_of_more_than_14_days(deals):
    histories: dict[str, list[tuple[int, float]]] = {}
    for key, deal in deals.items():
        if deal["source"] == "shop-rss" and "price" in EXPECTED[key]:
            page = deal["link"].partition("?")[0]
            day = deal["published_at"] // 86_400_000
            histories.setdefault(page, []).append((day, float(EXPECTED[key]["price"])))
    long = [history for history in histories.values() if len({day for day, _ in history}) > 14]
    assert len(long) == 2
    for history in long:
        history.sort()
    lasts = [history[-1][1] for history in long]
    usual = [sorted(price for _, price in history)[len(history) // 2] for history in long]
    bargain = lasts.index(max(lasts))
    assert usual[bargain] - lasts[bargain] >= 50
    assert lasts[bargain] <= 0.7 * usual[bargain]
    assert lasts[1 - bargain] == pytest.approx(usual[1 - bargain], rel=0.05)
