"""Complaint: alerts about lows that were only a glitch of the shop, or of a crawl."""

import pytest

from tests.application import Running
from tests.complaints.offers import Product

pytestmark = pytest.mark.broker

MINUTE = 1 / (24 * 60)


@pytest.fixture
def kettle(running: Running) -> Product:
    """Usually $60: seen on 16 days."""
    product = Product(running, "Kettle")
    product.seen(*(product.offer("60", day) for day in range(16)))
    return product


def test_a_glitch_is_suspect_is_no_low_and_tells_nobody(kettle: Product):
    (glitch,) = kettle.seen(kettle.offer("4.99", 17))
    assert (glitch["verdict"], glitch["low_badge"]) == ("suspect", "none")
    assert glitch["reasons"][0] == (
        "under a tenth of its usual $60: held until a second look confirms it"
    )
    (after,) = kettle.seen(kettle.offer("61", 18))
    for said in (glitch, after):
        assert {said[low] for low in ("low_7d", "low_30d", "low_90d", "all_time_low")} == {60}
    assert (after["typical_90d"], after["previous_price"]) == (60, 60)
    assert [alert["price_usd"] for alert in kettle.alerts() if alert["price_usd"] < 60] == []


def test_the_same_price_seen_again_half_an_hour_later_is_a_low_and_says_why(kettle: Product):
    suspect, confirmed = kettle.seen(kettle.offer("4.99", 17), kettle.offer("4.99", 17.02))
    assert (suspect["verdict"], confirmed["verdict"]) == ("suspect", "bargain")
    assert "confirmed_low" in confirmed["reason_codes"]
    assert float(confirmed["all_time_low"]) == 4.99
    assert confirmed["low_badge"] == "at_low"


def test_a_read_that_repeats_at_once_confirms_nothing(kettle: Product):
    offers = kettle.offer("4.99", 17), kettle.offer("4.99", 17 + MINUTE), kettle.offer("60", 18)
    kettle.running.send_deals(*offers)
    *_, suspect, after = kettle.evaluations(18)
    assert (suspect["verdict"], after["all_time_low"]) == ("suspect", 60)


def test_a_failed_crawl_leaves_no_price(kettle: Product):
    kettle.running.send_deals(
        kettle.offer("0.00", 17),
        kettle.offer("", 17.1, title=kettle.title),
        kettle.offer("", 17.2, title=f"{kettle.title} $-5"),
    )
    (after,) = kettle.seen(kettle.offer("60", 18))
    assert (after["all_time_low"], after["days_observed"]) == (60, 17)


def test_a_fall_that_the_next_look_does_not_show_is_no_low(running: Running):
    product = Product(running, "Toaster")
    _, fallen, after = product.seen(
        product.offer("60", 0), product.offer("20", 0.01), product.offer("60", 0.02)
    )
    assert (fallen["all_time_low"], after["all_time_low"]) == (20, 60)
