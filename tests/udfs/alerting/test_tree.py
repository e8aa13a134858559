"""Trees of conditions, as the matcher finds them, against a reading of the tree itself."""

import json
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, reject, settings
from hypothesis import strategies as st

from tests.udfs.alerting.deals import deal, frame, rule
from tests.udfs.alerting.test_matching import AMOUNTS, CONDITIONS, DEALS, fold, words_of
from udfs.alerting.matching import RuleBook
from udfs.alerting.rules import RuleError

MORE = {
    "min_deal_score": st.sampled_from((0.0, 0.5, 1.0)),
    "max_unit_price_usd": st.sampled_from(("0", "9.99", "250")),
    "target_price_usd": st.sampled_from(("9.99", "10")),
    "low_of_days": st.sampled_from((7, 30, 90)),
}
LEAVES = st.builds(
    lambda one, two: one | two, CONDITIONS, st.fixed_dictionaries({}, optional=MORE)
).map(lambda leaf: {k: v for k, v in leaf.items() if v is not None and v != []})
ROWS = st.builds(
    lambda one, two: one | two,
    DEALS,
    st.fixed_dictionaries(
        {"deal_score": st.sampled_from((None, 0.0, 0.5, 0.9))}
        | {
            name: st.sampled_from(AMOUNTS)
            for name in ("unit_price_usd", "previous_price", "low_7d", "low_30d", "low_90d")
        }
    ),
)


def trees(parts: Any) -> Any:
    several = st.lists(parts, min_size=1, max_size=3)
    return st.one_of(
        several.map(lambda each: {"all": each}),
        several.map(lambda each: {"any": each}),
        parts.map(lambda each: {"not": each}),
    )


TREES = st.recursive(LEAVES, trees, max_leaves=6)


def answers(leaf: dict[str, Any], row: dict[str, Any]) -> list[bool | None]:
    """Each condition of a leaf: True, False, or None where the deal lacks what it asks for."""

    def known(value: Any, answer: Any) -> bool | None:
        return None if value is None else bool(answer(value))

    found: list[bool | None] = []
    price = Decimal(str(row["price_usd"]))
    for name, asked in leaf.items():
        number = Decimal(str(asked)) if name.endswith("_usd") else Decimal(0)
        match name:
            case "words":
                found += [words_of(word) in words_of(row["title"]) for word in asked]
            case "categories" | "brands" | "merchants":
                column = {"categories": "category"}.get(name, name[:-1])
                names = {fold(each) for each in asked}
                found.append(known(row[column], lambda value, names=names: fold(value) in names))
            case "excluded_merchants":
                names = {fold(each) for each in asked}
                found.append(
                    known(row["merchant"], lambda value, names=names: fold(value) not in names)
                )
            case "product_keys":
                found.append(row["product_key"] in asked)
            case "conditions" | "verdicts":
                found.append(row[name[:-1]] in asked)
            case "max_price_usd":
                found.append(price <= number)
            case "max_unit_price_usd":
                found.append(known(row["unit_price_usd"], lambda value, most=number: value <= most))
            case "min_discount_usd" | "min_discount_ratio" | "min_temperature" | "min_deal_score":
                column = name.removeprefix("min_")
                found.append(known(row[column], lambda value, least=asked: value >= least))
            case "is_below_p10":
                found.append(
                    known(row["fair_usd_p10"], lambda p, is_asked=asked: (price < p) is is_asked)
                )
            case "min_days_at_all_time_low":
                days = row["days_observed"]
                found.append(
                    known(
                        row["all_time_low"],
                        lambda low, days=days, least=asked: price <= low and days >= least,
                    )
                )
            case "low_of_days":
                found.append(known(row[f"low_{asked}d"], lambda low: price <= low))
            case "target_price_usd":
                before = row["previous_price"]
                found.append(price <= number and (before is None or before > number))
    return found


def ways(tree: dict[str, Any], row: dict[str, Any], *, is_asked: bool = True) -> tuple[bool, bool]:
    """Whether it holds (or, not asked, fails), and whether it does so by asking for suspects."""
    if "not" in tree:
        return ways(tree["not"], row, is_asked=not is_asked)
    if "all" in tree or "any" in tree:
        parts = [ways(each, row, is_asked=is_asked) for each in tree.get("all") or tree["any"]]
        holding = [asks for holds, asks in parts if holds]
        every = ("all" in tree) is is_asked
        holds = len(holding) == len(parts) if every else bool(holding)
        return holds, holds and any(holding)
    found = answers(tree, row)
    if not is_asked:
        return any(each is False for each in found), False
    return all(each is True for each in found), "suspect" in tree.get("verdicts", ())


def expected(tree: dict[str, Any], row: dict[str, Any]) -> bool:
    holds, asks_for_suspects = ways(tree, row)
    is_allowed = row["verdict"] != "suspect" or asks_for_suspects
    return holds and is_allowed and not row["is_expired"]


def as_json(tree: dict[str, Any]) -> str:
    return json.dumps(tree, default=str)


@settings(max_examples=300, deadline=None)
@given(st.lists(TREES, max_size=4), st.lists(ROWS, max_size=6))
def test_the_matcher_finds_what_the_tree_says(asked, deals):
    try:
        rules = [rule(f"r{n}", condition_json=as_json(tree)) for n, tree in enumerate(asked)]
    except RuleError as error:
        if "alternatives when it is written out" not in str(error):
            raise
        reject()
    assert RuleBook(rules).match(frame(*deals)) == [
        [f"r{number}" for number, tree in enumerate(asked) if expected(tree, row)] for row in deals
    ]


def holds(tree: dict[str, Any], **changes: Any) -> bool:
    book = RuleBook([rule("rule", condition_json=as_json(tree))])
    return book.match(frame(deal(**changes))) == [["rule"]]


@pytest.mark.parametrize(
    ("tree", "changes", "is_match"),
    [
        ({"low_of_days": 90}, {"low_90d": 200.0}, True),
        ({"low_of_days": 90}, {}, False),
        ({"low_of_days": 7}, {}, True),
        ({"min_deal_score": 0.8}, {}, True),
        ({"min_deal_score": 0.81}, {}, False),
        ({"max_unit_price_usd": 100}, {}, True),
        ({"max_unit_price_usd": "99.99"}, {}, False),
        ({"max_unit_price_usd": 100}, {"unit_price_usd": None}, False),
        # It has come down to the target with this deal, not before.
        ({"target_price_usd": 200}, {}, True),
        ({"target_price_usd": 260}, {}, False),
        ({"target_price_usd": 200}, {"previous_price": None}, True),
        ({"target_price_usd": 199}, {}, False),
        ({"not": {"merchants": ["Amazon"]}}, {}, True),
        ({"not": {"merchants": ["best buy"]}}, {}, False),
        # As people write it, and as the parser does.
        ({"merchants": ["Best Buy"]}, {"merchant": "bestbuy"}, True),
        ({"not": {"merchants": ["Best Buy"]}}, {"merchant": "bestbuy"}, False),
        ({"excluded_merchants": ["Bad Shop"]}, {"merchant": "badshop"}, False),
        ({"not": {"merchants": ["Amazon"]}}, {"merchant": None}, False),
        ({"not": {"words": ["refurbished"]}}, {}, True),
        ({"not": {"words": ["refurbished"]}}, {"title": "TV (Refurbished)"}, False),
        ({"not": {"max_price_usd": 200}}, {}, False),
        ({"not": {"max_price_usd": "199.9999"}}, {}, True),
        ({"not": {"verdicts": ["fair"]}}, {"verdict": "suspect"}, False),
    ],
)
def test_each_condition_and_its_opposite_mean_what_they_say(tree, changes, is_match):
    assert holds(tree, **changes) is is_match


def nested(depth: int) -> dict[str, Any]:
    tree: dict[str, Any] = {"words": ["tv"]}
    for _ in range(depth):
        tree = {"not": tree}
    return tree


@pytest.mark.parametrize(
    ("tree", "fault"),
    [
        ("{", "condition_json: Invalid JSON"),
        (7, "condition_json: Input should be an object"),
        ({"all": []}, "condition_json: all: needs a part$"),
        ({"all": [{"max_price": 9}]}, "condition_json: all.0.max_price: unknown key$"),
        ({"all": [{}], "any": [{}]}, "condition_json: any: unknown key"),
        ({"not": {"any": [{"verdicts": ["superb"]}]}}, "condition_json: not.any.0.verdicts.0: "),
        (nested(20), "condition_json: is nested deeper than 20"),
        (nested(500), "condition_json: Invalid JSON: recursion limit"),
        (
            {"all": [{"any": [{"words": [f"a{n}"]} for n in range(15)]}] * 2},
            "condition_json: has more than 200 alternatives when it is written out",
        ),
    ],
)
def test_a_malformed_tree_is_an_error_that_says_where(tree, fault):
    text = tree if isinstance(tree, str) else as_json(tree)
    with pytest.raises(RuleError, match=f"^{fault}"):
        rule("rule", condition_json=text)


def test_a_rule_has_alternatives_or_a_tree():
    with pytest.raises(RuleError, match="any_of must be empty"):
        rule("rule", {"words": ["tv"]}, condition_json=as_json({"words": ["tv"]}))
