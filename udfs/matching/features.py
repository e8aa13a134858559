"""What two offers have in common, and what contradicts that they are one product."""

import math
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from udfs.matching.offer import Offer
from udfs.matching.rarity import Rarity

Floats = npt.NDArray[np.float64]

NAMES = (
    "words_jaccard", "words_cosine", "words_in_shorter", "words_shared", "only_less", "only_more",
    "rarest_less", "rarest_more", "first_word", "count_less", "count_more",
    "grams_cosine", "grams_in_shorter",
    "models_shared", "models_both", "model_equal", "model_prefix", "model_written",
    "models_conflict",
    "brand", "amounts_shared", "amounts_conflict", "amounts_one_sided",
    "numbers_shared", "numbers_only_less", "numbers_only_more",
    "colours_shared", "colours_conflict", "editions_shared", "editions_only_less",
    "editions_only_more", "condition", "price_ratio", "price_low", "digits_only",
)  # fmt: skip

# What speaks for one product as it grows, and what against.
FOR = frozenset(
    "words_jaccard words_cosine words_in_shorter grams_cosine grams_in_shorter models_shared"
    " model_equal model_prefix model_written amounts_shared numbers_shared colours_shared"
    " editions_shared condition brand".split()
)
AGAINST = frozenset(
    "only_less only_more rarest_less rarest_more models_conflict amounts_conflict numbers_only_less"
    " numbers_only_more colours_conflict editions_only_less editions_only_more price_ratio"
    " digits_only".split()
)


def pair_features(left: Sequence[Offer], right: Sequence[Offer], rarity: Rarity) -> Floats:
    """(n, len(NAMES)) float32 values as float64, NaN = unknown; whichever of a pair is left.

    Args:
        left: n offers.
        right: n offers, the counterpart of each.
        rarity: Of words and grams.
    """
    rows = [_features(one, other, rarity) for one, other in zip(left, right, strict=True)]
    found = np.array(rows, np.float64).reshape(-1, len(NAMES))
    # What the graph computes with: a threshold then means the same here and there.
    return found.astype(np.float32).astype(np.float64)


def _features(left: Offer, right: Offer, rarity: Rarity) -> list[float]:
    both, only_left, only_right = (
        left.words & right.words, left.words - right.words, right.words - left.words,
    )  # fmt: skip
    # A word that the other title writes in one with its neighbour is no difference.
    only_left = frozenset(w for w in only_left if len(w) < 4 or w not in right.squashed)
    only_right = frozenset(w for w in only_right if len(w) < 4 or w not in left.squashed)
    shared, lone_left, lone_right = map(rarity.total, (both, only_left, only_right))
    square = _squares(left.words, rarity) * _squares(right.words, rarity)
    shorter = min(rarity.total(left.words), rarity.total(right.words))
    return [
        shared / (shared + lone_left + lone_right or 1.0),
        _squares(both, rarity) / (math.sqrt(square) or 1.0),
        shared / (shorter or 1.0),
        shared,
        *sorted((lone_left, lone_right)),
        *sorted(max(map(rarity.of, only), default=0.0) for only in (only_left, only_right)),
        float(left.squashed[:4] == right.squashed[:4]),
        *sorted((len(left.words), len(right.words))),
        *_gram_features(left, right, rarity),
        *_model_features(left, right),
        _brand(left, right),
        *_amount_features(left, right),
        len(left.numbers & right.numbers),
        *sorted((len(left.numbers - right.numbers), len(right.numbers - left.numbers))),
        len(left.colours & right.colours),
        float(bool(left.colours and right.colours) and not left.colours & right.colours),
        len(left.editions & right.editions),
        *sorted((len(left.editions - right.editions), len(right.editions - left.editions))),
        float(left.condition == right.condition),
        *_price_features(left.price_usd, right.price_usd),
        sum(any(c.isdigit() for c in w) for w in only_left | only_right),
    ]


def _squares(words: frozenset[str], rarity: Rarity) -> float:
    return sum(sorted(rarity.of(word) ** 2 for word in words))


def _gram_features(left: Offer, right: Offer, rarity: Rarity) -> tuple[float, float]:
    both = np.intersect1d(left.grams, right.grams, assume_unique=True)
    shared, one, other = (
        float((rarity.grams[grams].astype(np.float64) ** 2).sum())
        for grams in (both, left.grams, right.grams)
    )
    return shared / (math.sqrt(one * other) or 1.0), shared / (min(one, other) or 1.0)


def _model_features(left: Offer, right: Offer) -> tuple[float, ...]:
    shared = left.models & right.models
    is_prefix = any(
        one != other and min(len(one), len(other)) >= 4
        and (one.startswith(other) or other.startswith(one)
             or one.endswith(other) or other.endswith(one))
        for one in left.models for other in right.models
    )  # fmt: skip
    is_written = any(len(m) >= 5 and m in right.squashed for m in left.models) or any(
        len(m) >= 5 and m in left.squashed for m in right.models
    )
    return (
        max(map(len, shared), default=0),
        float(bool(left.models)) + float(bool(right.models)),
        math.nan if not left.model or not right.model else float(left.model == right.model),
        float(is_prefix),
        float(is_written),
        float(bool(left.models and right.models) and not shared and not is_prefix),
    )


def _brand(left: Offer, right: Offer) -> float:
    """1 = the same, -1 = others, 0.5 = named in the other's title, 0 = unknown."""
    if left.brand and left.brand == right.brand:
        return 1.0
    if (left.brand and left.brand in right.squashed) or (
        right.brand and right.brand in left.squashed
    ):
        return 0.5
    return -1.0 if left.brand and right.brand else 0.0


def _amount_features(left: Offer, right: Offer) -> tuple[float, float, float]:
    """Shared amounts, units in which all amounts differ, and units that one side alone names."""
    units_left, units_right = _by_unit(left.amounts), _by_unit(right.amounts)
    both = units_left.keys() & units_right.keys()
    conflicts = sum(not units_left[unit] & units_right[unit] for unit in both)
    alone = len(units_left.keys() ^ units_right.keys())
    return float(len(left.amounts & right.amounts)), float(conflicts), float(alone)


def _by_unit(amounts: frozenset[str]) -> dict[str, set[str]]:
    units: dict[str, set[str]] = {}
    for amount in amounts:
        number = amount.rstrip("abcdefghijklmnopqrstuvwxyz")
        units.setdefault(amount[len(number) :], set()).add(number)
    return units


def _price_features(left_usd: float, right_usd: float) -> tuple[float, float]:
    """|log ratio| and log of the lower price; NaN = unknown."""
    left, right = math.log(left_usd), math.log(right_usd)
    return abs(left - right), min(left, right) if left == left and right == right else math.nan
