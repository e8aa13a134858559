import re
import unicodedata
from decimal import Decimal
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scripts.bench_rules import many_deals, many_rules, measure
from tests.udfs.alerting.deals import deal, frame, rule
from udfs.alerting.conditions import Conditions
from udfs.alerting.matching import RuleBook


def holds(conditions: dict[str, Any], **changes: Any) -> bool:
    return RuleBook([rule("rule", conditions)]).match(frame(deal(**changes))) == [["rule"]]


def test_a_rule_without_alternatives_matches_nothing():
    assert RuleBook([rule("rule")]).match(frame(deal())) == [[]]


def test_an_absent_condition_holds():
    assert holds({})


def test_all_conditions_of_an_alternative_must_hold():
    both = {"brands": ["sony"], "max_price_usd": 150}
    assert not holds(both)
    assert holds(both, price_usd=150.0)


def test_one_alternative_is_enough_and_names_the_rule_once():
    book = RuleBook(
        [rule("a", {"brands": ["sony"]}, {"words": ["headphones"]}, {"brands": ["lg"]})]
    )
    assert book.match(frame(deal())) == [["a"]]


def test_matches_stand_in_the_order_of_rows_and_ids():
    book = RuleBook([rule("b", {"brands": ["sony"]}), rule("a", {"max_price_usd": 300})])
    table = frame(deal(), deal(brand="LG"), deal(price_usd=400.0))
    table.index = [7, 7, 1]
    assert book.match(table) == [["a", "b"], ["a"], ["b"]]


def test_a_disabled_rule_matches_nothing():
    book = RuleBook([rule("a", {}, is_enabled=False)])
    assert len(book) == 0
    assert book.match(frame(deal())) == [[]]


def test_no_deals_and_no_rules_are_no_matches():
    assert RuleBook([]).match(frame(deal())) == [[]]
    assert RuleBook([rule("a", {})]).match(frame()) == []


@pytest.mark.parametrize("conditions", [{}, {"brands": ["sony"]}, {"max_price_usd": 500}])
def test_an_expired_deal_never_matches(conditions):
    assert holds(conditions, is_expired=None)
    assert not holds(conditions, is_expired=True)


def test_a_suspect_deal_matches_only_rules_that_ask_for_suspects():
    assert not holds({"brands": ["sony"]}, verdict="suspect")
    assert not holds({"verdicts": ["bargain"]}, verdict="suspect")
    assert holds({"verdicts": ["bargain", "suspect"]}, verdict="suspect")


@pytest.mark.parametrize(
    ("words", "title", "expected"),
    [
        (["SONY"], "sony tv", True),
        (["son"], "sony tv", False),
        (["sony", "tv"], "TV by Sony!", True),
        (["sony", "tv"], "Sony radio", False),
        (["\uff33ony"], "SONY", True),
        (["strasse"], "STRAßE", True),
        (["wi-fi"], "Fast Wi-Fi router", True),
        (["wi-fi"], "fi wi", False),
        (["rtx 4090"], "GeForce RTX 4090", True),
        (["rtx 4090"], "RTX 3080, not 4090", False),
        (["café"], "Cafe\u0301 press", True),
        (["sony"], None, False),
    ],
)
def test_words_are_whole_tokens_whatever_their_case(words, title, expected):
    assert holds({"words": words}, title=title) is expected


@pytest.mark.parametrize(
    ("conditions", "changes", "expected"),
    [
        ({"merchants": ["best  BUY"]}, {}, True),
        ({"merchants": ["Amazon", "Best Buy"]}, {}, True),
        ({"merchants": ["Amazon"]}, {}, False),
        ({"merchants": ["Best Buy"]}, {"merchant": None}, False),
        ({"excluded_merchants": ["Amazon"]}, {}, True),
        ({"excluded_merchants": ["best buy"]}, {}, False),
        ({"excluded_merchants": ["Amazon"]}, {"merchant": None}, False),
        ({"product_keys": ["sony wh1000xm5"]}, {}, True),
        ({"product_keys": ["Sony WH1000XM5"]}, {}, False),
        ({"categories": ["headphones"]}, {}, True),
        ({"categories": ["headphones"]}, {"category": None}, False),
        ({"conditions": ["used", "new"]}, {}, True),
        ({"conditions": ["used"]}, {}, False),
        ({"verdicts": ["fair"]}, {}, False),
        ({"max_price_usd": 200}, {}, True),
        ({"max_price_usd": Decimal("199.9999")}, {}, False),
        ({"max_price_usd": 0}, {"price_usd": 0.0}, True),
        ({"min_discount_usd": 100}, {}, True),
        ({"min_discount_usd": 100}, {"discount_usd": Decimal("99.9999")}, False),
        ({"min_discount_usd": 0}, {"discount_usd": None}, False),
        ({"min_discount_ratio": 0.3}, {}, True),
        ({"min_discount_ratio": 0.0}, {"discount_ratio": None}, False),
        ({"is_below_p10": True}, {}, True),
        ({"is_below_p10": True}, {"price_usd": 250.0}, False),
        ({"is_below_p10": False}, {"price_usd": 250.0}, True),
        ({"is_below_p10": False}, {}, False),
        ({"is_below_p10": False}, {"fair_usd_p10": None}, False),
        ({"min_days_at_all_time_low": 20}, {}, True),
        ({"min_days_at_all_time_low": 21}, {}, False),
        ({"min_days_at_all_time_low": 0}, {"all_time_low": 199.99}, False),
        ({"min_days_at_all_time_low": 0}, {"all_time_low": None}, False),
        ({"min_temperature": 35}, {}, True),
        ({"min_temperature": -5}, {"temperature": None}, False),
    ],
)
def test_each_condition_means_what_the_schema_says(conditions, changes, expected):
    assert holds(conditions, **changes) is expected


def test_money_compares_exactly_as_decimals_do():
    limit = Decimal("99999999999.9999")
    for price in (limit, limit + Decimal("0.0001")):
        assert holds({"max_price_usd": limit}, price_usd=price) is (price <= limit)


# ---- the indexed matcher against a naive one

WORDS = ("sony", "tv", "wi-fi", "fi", "wi", "red dress", "red")
NAMES = ("Amazon", "amazon", "LG", "b & h", None)
AMOUNTS = (None, 0, Decimal("9.99"), 10, Decimal("10.0001"), 250)


def some(values: Any) -> Any:
    return st.lists(st.sampled_from([v for v in values if v is not None]), max_size=3)


CONDITIONS = st.fixed_dictionaries(
    {},
    optional={
        "words": some(WORDS),
        "categories": some(NAMES),
        "brands": some(NAMES),
        "product_keys": some(NAMES),
        "merchants": some(NAMES),
        "excluded_merchants": some(NAMES),
        "conditions": some(("new", "used")),
        "verdicts": some(("bargain", "suspect", "fair")),
        "max_price_usd": st.sampled_from(AMOUNTS),
        "min_discount_usd": st.sampled_from(AMOUNTS),
        "min_discount_ratio": st.sampled_from((None, 0.0, 0.3, 1.0)),
        "is_below_p10": st.sampled_from((None, True, False)),
        "min_days_at_all_time_low": st.sampled_from((None, 0, 14)),
        "min_temperature": st.sampled_from((None, -3, 20)),
    },
)
DEALS = st.fixed_dictionaries(
    {
        "title": st.lists(st.sampled_from((*WORDS, "TV,", "x")), max_size=4).map(" ".join),
        "product_key": st.sampled_from(NAMES[:-1]),
        "merchant": st.sampled_from(NAMES),
        "brand": st.sampled_from(NAMES),
        "category": st.sampled_from(NAMES),
        "condition": st.sampled_from(("new", "used", "unknown")),
        "verdict": st.sampled_from(("bargain", "fair", "suspect")),
        "is_expired": st.sampled_from((False, False, False, True)),
        "price_usd": st.sampled_from(AMOUNTS[1:]),
        "discount_usd": st.sampled_from(AMOUNTS),
        "discount_ratio": st.sampled_from((None, 0.0, 0.3, 0.9)),
        "fair_usd_p10": st.sampled_from(AMOUNTS),
        "all_time_low": st.sampled_from(AMOUNTS),
        "days_observed": st.sampled_from((1, 14)),
        "temperature": st.sampled_from((None, 0, 20)),
    }
)


def fold(text: str) -> str:
    return " ".join(unicodedata.normalize("NFKC", text).casefold().split())


def words_of(text: str) -> str:
    return " " + " ".join(re.findall(r"[^\W]+", fold(text))) + " "


def naive(conditions: Conditions, row: dict[str, Any]) -> bool:
    """The schema's words, one condition after the other."""

    def one_of(names: tuple[str, ...], value: str | None) -> bool:
        return not names or (value is not None and fold(value) in {fold(name) for name in names})

    def at_least(limit: Any, value: Any) -> bool:
        return limit is None or (value is not None and value >= limit)

    price, p10, low = row["price_usd"], row["fair_usd_p10"], row["all_time_low"]
    c = conditions
    return (
        all(words_of(word) in words_of(row["title"]) for word in c.words)
        and one_of(c.categories, row["category"])
        and one_of(c.brands, row["brand"])
        and (not c.product_keys or row["product_key"] in c.product_keys)
        and one_of(c.merchants, row["merchant"])
        and (
            not c.excluded_merchants
            or (row["merchant"] is not None and not one_of(c.excluded_merchants, row["merchant"]))
        )
        and (not c.conditions or row["condition"] in c.conditions)
        and (row["verdict"] in c.verdicts if c.verdicts else row["verdict"] != "suspect")
        and (c.max_price_usd is None or price <= c.max_price_usd)
        and at_least(c.min_discount_usd, row["discount_usd"])
        and at_least(c.min_discount_ratio, row["discount_ratio"])
        and (c.is_below_p10 is None or (p10 is not None and (price < p10) is c.is_below_p10))
        and (
            c.min_days_at_all_time_low is None
            or (
                (low is not None and price <= low)
                and row["days_observed"] >= c.min_days_at_all_time_low
            )
        )
        and at_least(c.min_temperature, row["temperature"])
        and not row["is_expired"]
    )


@settings(max_examples=300, deadline=None)
@given(
    st.lists(st.lists(CONDITIONS, max_size=3), max_size=8),
    st.lists(DEALS, max_size=8),
)
def test_the_indexed_matcher_agrees_with_a_naive_one(alternatives, deals):
    rules = [rule(f"r{n}", *any_of) for n, any_of in enumerate(alternatives)]
    expected = [
        sorted(r.rule_id for r in rules if any(naive(c, row) for c in r.any_of)) for row in deals
    ]
    assert RuleBook(rules).match(frame(*deals)) == expected


# ---- cost


def test_ten_thousand_rules_cost_less_than_100_us_a_deal():
    rng = np.random.default_rng(7)
    book = RuleBook(many_rules(10_000, rng))
    match_us, _, found = measure(book, many_deals(1_000, rng), rounds=5)
    assert found > 1
    assert match_us < 100
