from decimal import Decimal

import pytest

from tests.udfs.describing.deals import facts
from udfs.describing.fallback import fallback_text

NO_DISCOUNT = {"discount_usd": None, "discount_ratio": None}


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({}, "That is $100.01 (33 %) below its fair price of $300.00."),
        (
            NO_DISCOUNT | {"all_time_low": Decimal("199.99")},
            "That is its lowest price on 20 days of observation.",
        ),
        (NO_DISCOUNT, "It was seen for $279.00 before."),
        (NO_DISCOUNT | {"previous_price": None}, "Its fair price is about $300.00."),
        (
            NO_DISCOUNT | {"previous_price": None, "fair_usd_p50": None},
            "Its fair price is not known yet.",
        ),
    ],
)
def test_the_second_sentence_gives_the_best_reason_there_is(changes, expected):
    first = "Sony WH-1000XM5 wireless headphones costs $199.99 at Best Buy."
    assert fallback_text(facts(**changes)) == f"{first} {expected}"


def test_a_free_item_is_free():
    assert fallback_text(facts(price_usd=0)).startswith(
        "Sony WH-1000XM5 wireless headphones is free at Best Buy. "
    )


def test_another_currency_is_told_first():
    text = fallback_text(facts(price=64, currency="GBP", price_usd=Decimal("81.28")))
    assert "costs 64.00 GBP ($81.28) at Best Buy." in text


def test_a_deal_of_which_nothing_is_known_still_has_a_text():
    nothing = dict.fromkeys(facts(), None) | {"title": None, "merchant": None, "price_usd": None}
    text = fallback_text(facts(**nothing, fair_usd_p50=None, previous_price=None))
    assert text.startswith("This item is on offer at an unnamed shop. ")
