"""What two offers have in common, and what contradicts that they are one product."""

import math
from collections.abc import Sequence
from collections.abc import Set as AbstractSet
from functools import lru_cache

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
    one, other = rarity.weight(left), rarity.weight(right)
    shorter = min(one.words, other.words)
    return [
        shared / (shared + lone_left + lone_right or 1.0),
        rarity.squares(both) / (math.sqrt(one.words_squared * other.words_squared) or 1.0),
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
        sum(map(_has_digit, only_left | only_right)),
    ]


@lru_cache(20_000)
def _has_digit(word: str) -> bool:
    return any(char.isdigit() for char in word)


def _gram_features(left: Offer, right: Offer, rarity: Rarity) -> tuple[float, float]:
    both = np.intersect1d(left.grams, right.grams, assume_unique=True)
    shared = rarity.gram_squares(both)
    one, other = rarity.weight(left).grams_squared, rarity.weight(right).grams_squared
    return shared / (math.sqrt(one * other) or 1.0), shared / (min(one, other) or 1.0)


def _model_features(left: Offer, right: Offer) -> tuple[float, ...]:
    shared = left.models & right.models
    is_prefix = _is_any_prefix(left.models, right.models)
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


def _is_any_prefix(models: AbstractSet[str], others: AbstractSet[str]) -> bool:
    """Whether one of four characters or more begins or ends one of the other side, or the reverse.

    Loops: a generator takes three times as long, and most of a pair's time.
    """
    for one in models:
        if len(one) < 4:
            continue
        for other in others:
            short, long = (one, other) if len(one) < len(other) else (other, one)
            if 4 <= len(short) < len(long) and (long.startswith(short) or long.endswith(short)):
                return True
    return False


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


@lru_cache(10_000)
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
