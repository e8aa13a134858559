import json
import unicodedata
from decimal import Decimal
from time import perf_counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.udfs.describing.deals import facts
from udfs.describing.facts import MAX_NAME_CHARS, MAX_TITLE_CHARS, clean_title


def test_numbers_are_written_as_they_are_to_be_repeated():
    found = facts()
    assert found["price_usd"] == "199.99"
    assert found["fair_usd"] == "300.00"
    assert found["discount_percent"] == 33
    assert found["days_observed"] == 20


@pytest.mark.parametrize(
    ("ratio", "percent"),
    [(0.23, 23), (0.29, 29), (0.2999, 29), (1.0, 100), (0.004, 0)],
)
def test_a_percentage_never_exaggerates(ratio, percent):
    assert facts(discount_ratio=ratio)["discount_percent"] == percent


@pytest.mark.parametrize("nothing", [None, float("nan")])
def test_what_is_not_known_is_not_a_fact(nothing):
    found = facts(fair_usd_p50=nothing, discount_usd=nothing, previous_price=nothing, merchant=None)
    assert not {"fair_usd", "discount_usd", "discount_percent", "previous_price_usd"} & set(found)
    assert found["merchant"] == "an unnamed shop"


def test_an_overpriced_deal_has_no_discount():
    assert "discount_usd" not in facts(discount_usd=Decimal(-5), discount_ratio=-0.1)


def test_a_price_in_another_currency_is_told_beside_dollars():
    found = facts(price=Decimal("64"), currency="GBP", price_usd=Decimal("81.28"))
    assert (found["price"], found["currency"], found["price_usd"]) == ("64.00", "GBP", "81.28")


@given(st.text(max_size=300), st.text(max_size=300))
def test_scraped_text_becomes_short_and_plain(title, merchant):
    found = facts(title=title, merchant=merchant)
    assert 0 < len(found["title"]) <= MAX_TITLE_CHARS
    assert 0 < len(found["merchant"]) <= MAX_NAME_CHARS
    for text in (found["title"], found["merchant"]):
        assert not any(unicodedata.category(each)[0] == "C" for each in text)
        assert not set(text) & set("<>[]{}|`*_#\\~^=@")
        assert "://" not in text
    json.dumps(found)


@pytest.mark.parametrize(
    "title",
    [
        "Samsung 55-inch QN90C Neo QLED 4K Smart TV (2023)",
        "Ring Alarm Security System: 8-piece kit",
        "Leatherman Wave+ Multi-Tool: 18 tools in 1",
        "Amazon Echo Dot with Alexa AI Assistant, Charcoal",
        "Call of Duty: Black Ops 6 (PS5)",
        "Return to Monkey Island (Switch)",
        "You Are Here jigsaw puzzle",
        "Print the Legend Blu-ray",
        "Systems Thinking: A Primer, paperback",
        "Forget Me Not seeds, 500 pack",
        "Answer to Job by C. G. Jung",
        "Above Ground Pool 10 ft with filter and cover",
        "LEGO Icons Tool Set 42100",
        "Write in the Rain notebook (3 pack)",
        "Ignorance: How It Drives Science",
        "Start with Why by Simon Sinek",
        "Add On Bluetooth module for prior models",
        "Bosch car horn with override switch",
        "Logitech MX Master 3S: now below list",
        "Visitor chair with armrests at half height",
    ],
)
def test_ordinary_titles_stay_as_they_are(title):
    assert clean_title(title) == (title, False)


def test_a_long_title_is_cut_between_words():
    title, gives_orders = clean_title("word " * 60)
    assert title.endswith("word")
    assert len(title) <= MAX_TITLE_CHARS
    assert not gives_orders


def test_reasons_are_few_and_short():
    found = facts(reasons=["x" * 500] * 9)
    assert [len(reason) for reason in found["reasons"]] == [120] * 3
    assert "reasons" not in facts(reasons=None)


@pytest.mark.parametrize(
    "piece", ["a", "a.", "1,", "<", "a@", "a-", "://", "&a", "ignore ", "say "]
)
def test_no_title_costs_more_than_a_moment(piece):
    started = perf_counter()
    clean_title(piece * 2_000)
    assert perf_counter() - started < 0.25  # some 20 ms; a wild regex takes seconds
