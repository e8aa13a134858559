"""Complaint: the same product counted as many, a price history for each shop's wording of it."""

import uuid

import pytest

from tests.application import Running, raw_deal

pytestmark = pytest.mark.broker


@pytest.fixture
def number(running: Running) -> str:
    """A model number of its own: other tests use the same topics."""
    return f"WH-{uuid.uuid4().int % 10**6:06d}XM"


def seen(running: Running, number: str, *offers: tuple[str, str, str]) -> list[dict]:
    """What is said of offers: (title without price, price, shop), a day each, one after another."""
    said = []
    for day, (title, price, shop) in enumerate(offers):
        link = f"https://{shop}.example/{uuid.uuid4().hex}"
        deal = raw_deal(title=f"{title} ${price}", link=link, day=day, extras={"merchant": shop})
        running.send_deals(deal)
        said = running.await_records(
            "deals.evaluated",
            lambda each: number.replace("-", "") in each["title"].replace("-", ""),
            day + 1,
        )
    return said


def test_two_shops_words_for_a_product_share_one_history(running: Running, number: str):
    first, second = seen(
        running,
        number,
        (f"Sony Black Bluetooth Headphones - {number}", "200", "one"),
        (f"Sony {number.replace('-', '')} wireless headset", "180", "two"),
    )
    assert first["product_key"] == second["product_key"]
    assert second["linked_from"] is None
    assert (second["previous_price"], second["days_observed"]) == (200, 2)
    assert second["shops_observed"] == 2


def test_a_product_without_its_maker_is_linked_to_the_one_that_is_known(
    running: Running, number: str
):
    first, second, third = seen(
        running,
        number,
        (f"Sony Black Bluetooth Headphones - {number}", "200", "one"),
        (f"Black Bluetooth Headphones - {number.replace('-', '')}", "190", "two"),
        (f"Black Bluetooth Headphones - {number.replace('-', '')}", "170", "two"),
    )
    assert second["linked_from"] not in (None, first["product_key"])
    assert {first["product_key"]} == {second["product_key"], third["product_key"]}
    assert (third["all_time_low"], third["days_observed"]) == (170, 3)
    (link,) = running.await_records(
        "deals.products", lambda each: each["product_key"] == second["linked_from"]
    )
    assert (link["linked_to"], link["shop"]) == (first["product_key"], "two")
    assert link["score"] > 0.9


@pytest.mark.parametrize(
    ("ours", "other"),
    [
        ("Apple iPad {} 64 GB", "Apple iPad {} 128 GB"),
        ("Sony Headphones {}", "Sony Headphones {} (2-pack)"),
        ("Sony Headphones {}", "Sony Headphones {} refurbished"),
    ],
)
def test_variants_have_histories_of_their_own(running: Running, number: str, ours: str, other: str):
    _, second = seen(
        running, number, (ours.format(number), "200", "one"), (other.format(number), "90", "two")
    )
    assert (second["linked_from"], second["previous_price"]) == (None, None)
    assert second["observations"] == 1
