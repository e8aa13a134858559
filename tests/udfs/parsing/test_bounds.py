"""What no text may do: cost more than its length allows, or hide itself from a reader."""

import time

import pytest

from tests.udfs.parsing.items import parsed, read
from udfs.parsing.text import title_text
from udfs.parsing.titles import clean_title
from udfs.parsing.urls import canonical

# Generous: the honest work on 500 characters is some milliseconds; a cubic pattern takes seconds.
BUDGET_S = 0.5


@pytest.mark.parametrize(
    "piece",
    ["$1 ", " ", "(", "( ", "- ", "w/ code ", "free ", "& free ", "A1-", "@ ", "was ", "1,"],
)
def test_a_hostile_title_costs_no_more_than_an_honest_one(piece):
    text = title_text("Lamp " + piece * 100_000)
    started = time.process_time()
    clean_title(text)
    assert time.process_time() - started < BUDGET_S


@pytest.mark.parametrize(
    ("title", "expected"),
    [
        ("Lamp $١٢٫٩٩", "12.99 USD"),
        ("Lamp ＄１９.９９", "19.99 USD"),
        ("L\u202eamp $19\u200b.99", "19.99 USD"),
        ("Lamp ~~$30~~ $19.99", "19.99 USD"),
        ("Lamp $19.99 $30", "19.99 USD"),
        ("Lamp CAD $25.99", "25.99 CAD"),
        ("Lamp 99 cents", "0.99 USD"),
        ("Free Lamp w/ Any Beverage Purchase", "price_conditional"),
        ("Christmas Gift Guide: Lamps", "not_an_offer"),
        ("Gift Card: Reload $100, Get $12 Bonus", "not_an_offer"),
    ],
)
def test_a_price_is_read_as_a_reader_sees_it(title, expected):
    assert read(title) == expected


def test_an_address_has_one_spelling():
    one = "https://shop.example/p/lamp?a=1&b=2"
    assert canonical("https://www.shop.example:443/p/lamp?b=2&utm_source=x&a=1#top") == one
    assert canonical("https://user:secret@shop.example/p/lamp?a=1&b=2") == one
    assert canonical("https://shop.example/p/x/../lamp?a=1&b=2&") == one


def test_products_told_apart_by_an_id_stay_apart():
    assert canonical("https://shop.example/p.do?pid=1") != canonical(
        "https://shop.example/p.do?pid=2"
    )


def test_a_number_of_something_is_no_model_number():
    assert parsed("Roborock Robot Vacuum 25,000Pa $399").model_number is None
    assert parsed("Dyson V11 Vacuum $399").brand == "dyson"
