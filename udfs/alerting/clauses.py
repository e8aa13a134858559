"""A tree of conditions written out as alternatives that the matcher can file.

`not` is moved inwards to single conditions, and `all` of `any` is multiplied out. A condition on a
value that the deal lacks is neither true nor false, and its `not` is not true either; so what is
true of the alternatives is exactly what is true of the tree.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from itertools import product as every_pair
from math import inf, nextafter

from udfs.alerting.conditions import All, AnyOf, Conditions, Not, Tree
from udfs.alerting.text import folded, tokens
from udfs.parsing.merchants import slug

MAX_CLAUSES = 200
MAX_DEPTH = 20


def identical(text: str) -> str:
    """Compare as it is: identifiers and symbols of an enum."""
    return text


def shop(name: str) -> str:
    """Compare shops as the parser names them: "Best Buy", "best-buy" and "bestbuy" are one.

    >>> shop("Best Buy") == shop("bestbuy")
    True
    """
    return slug(name) or folded(name)


# Column -> how its values are compared. People write "Best Buy", feeds and the parser otherwise.
NAMES: Mapping[str, Callable[[str], str]] = {
    "product_key": identical,
    "merchant": shop,
    "brand": folded,
    "category": folded,
    "condition": identical,
    "verdict": identical,
}
INCLUDED = {
    "product_keys": "product_key",
    "merchants": "merchant",
    "brands": "brand",
    "categories": "category",
    "conditions": "condition",
    "verdicts": "verdict",
}

# Every numeric condition is "measure >= threshold"; the measures in this order. The first ones are
# those that fewest deals reach. What follows from `not` is the same of the negative measure.
POSITIVE = (
    "min_discount_ratio",
    "min_discount_usd",
    "min_deal_score",
    "min_days_at_all_time_low",
    "is_below_p10",
    "low_of_90_days",
    "low_of_30_days",
    "low_of_7_days",
    "max_price_usd",
    "max_unit_price_usd",
    "previous_price_over",
    "min_temperature",
)
MEASURES = POSITIVE + tuple(f"not_{name}" for name in POSITIVE)
_SIMPLE = (
    "min_discount_ratio",
    "min_discount_usd",
    "min_deal_score",
    "min_days_at_all_time_low",
    "min_temperature",
)


@dataclass(frozen=True)
class Clause:
    """Conditions that must all hold.

    Attributes:
        words: Folded words of a title, each one or several tokens; all are in it.
        excluded_words: None is in it.
        included: Column -> compared forms, one of which it has.
        excluded: Column -> compared forms, none of which it has; it has a value.
        thresholds: Measure -> what it must reach.
    """

    words: frozenset[tuple[str, ...]] = frozenset()
    excluded_words: frozenset[tuple[str, ...]] = frozenset()
    included: Mapping[str, frozenset[str]] = field(default_factory=dict)
    excluded: Mapping[str, frozenset[str]] = field(default_factory=dict)
    thresholds: Mapping[str, float] = field(default_factory=dict)

    def joined(self, other: "Clause") -> "Clause | None":
        """Both; None where no deal can have both."""
        included = dict(self.included)
        for column, names in other.included.items():
            included[column] = included.get(column, names) & names
            if not included[column]:
                return None
        excluded = dict(self.excluded)
        for column, names in other.excluded.items():
            excluded[column] = excluded.get(column, names) | names
        thresholds = dict(self.thresholds)
        for measure, least in other.thresholds.items():
            thresholds[measure] = max(thresholds.get(measure, least), least)
        return Clause(
            self.words | other.words,
            self.excluded_words | other.excluded_words,
            included,
            excluded,
            thresholds,
        )


def written_out(tree: Tree) -> tuple[Clause, ...]:
    """Write a tree out; empty where no deal can match it.

    Raises:
        ValueError: it is too deep, or has too many alternatives.
    """
    return tuple(_written_out(tree, is_asked=True, depth=1))


def _written_out(tree: Tree, *, is_asked: bool, depth: int) -> list[Clause]:
    if depth > MAX_DEPTH:
        message = f"is nested deeper than {MAX_DEPTH}"
        raise ValueError(message)
    match tree:
        case Not():
            return _written_out(tree.not_, is_asked=not is_asked, depth=depth + 1)
        case All() | AnyOf():
            nodes = tree.all if isinstance(tree, All) else tree.any
            parts = [_written_out(each, is_asked=is_asked, depth=depth + 1) for each in nodes]
            is_every = isinstance(tree, All) is is_asked
        case Conditions():
            parts = [_literal(each, is_asked=is_asked) for each in _literals(tree)]
            is_every = is_asked
    return _every(parts) if is_every else _limited([each for part in parts for each in part])


def _every(parts: list[list[Clause]]) -> list[Clause]:
    clauses = [Clause()]
    for part in parts:
        pairs = (one.joined(other) for one, other in every_pair(clauses, part))
        clauses = _limited([both for both in pairs if both is not None])
    return clauses


def _limited(clauses: list[Clause]) -> list[Clause]:
    if len(clauses) > MAX_CLAUSES:
        message = f"has more than {MAX_CLAUSES} alternatives when it is written out"
        raise ValueError(message)
    return clauses


# A condition on one value: itself, and its opposite.
_Literal = tuple[list[Clause], list[Clause]]


def _literal(literal: _Literal, *, is_asked: bool) -> list[Clause]:
    return literal[0] if is_asked else literal[1]


def _literals(asked: Conditions) -> Iterator[_Literal]:
    for word in asked.words:
        text = frozenset({tokens(word)})
        yield [Clause(words=text)], [Clause(excluded_words=text)]
    for name, column in INCLUDED.items():
        if getattr(asked, name):
            yield _names(column, getattr(asked, name))
    if asked.excluded_merchants:
        here, elsewhere = _names("merchant", asked.excluded_merchants)
        yield elsewhere, here
    for name in _SIMPLE:
        if getattr(asked, name) is not None:
            yield _number(name, getattr(asked, name))
    for name in ("max_price_usd", "max_unit_price_usd"):
        if getattr(asked, name) is not None:
            yield _number(name, -getattr(asked, name))
    if asked.is_below_p10 is not None:
        below, not_below = _number("is_below_p10", 1)
        yield (below, not_below) if asked.is_below_p10 else (not_below, below)
    if asked.low_of_days is not None:
        yield _number(f"low_of_{asked.low_of_days}_days", 1)
    if asked.target_price_usd is not None:
        target = float(asked.target_price_usd)
        at_most, over = _number("max_price_usd", -target)
        from_over, from_at_most = _number("previous_price_over", nextafter(target, inf))
        yield _every([at_most, from_over]), over + from_at_most


def _names(column: str, names: tuple[str, ...]) -> _Literal:
    compared = {column: frozenset(NAMES[column](name) for name in names)}
    return [Clause(included=compared)], [Clause(excluded=compared)]


def _number(measure: str, least: Decimal | float) -> _Literal:
    threshold = float(least)
    return (
        [Clause(thresholds={measure: threshold})],
        [Clause(thresholds={f"not_{measure}": nextafter(-threshold, inf)})],
    )
