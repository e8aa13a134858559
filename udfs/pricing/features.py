"""The features of a title, a brand and a category: one module, used by training and by serving.

A title becomes a bag of hashed words, pairs and triples of words, pieces of words and amounts with
their unit; a trained vocabulary keeps the hashes that training saw often enough. Beside the bag
stand the amounts themselves and the hashes of brand and category.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple, Self

import numpy as np
import numpy.typing as npt

from udfs.pricing.units import QUANTITIES
from udfs.pricing.words import PARTS, Floats, Hashes, Ints, Tokens, Words, text_hash

BUCKET_BITS = 21  # few enough for a direct look-up table (8 MB), many enough to keep strangers out
MAX_IDS = 256  # of a row and kind; what is beyond is left out
SIDE = 3  # brand, category, both together
NUMBERS = 2 * len(QUANTITIES) + 2  # log amounts, their presence, log words, share of words known

_GOLDEN = np.uint64(0x9E3779B97F4A7C15)
_SHIFT = np.uint64(64 - BUCKET_BITS)
_X = np.uint64(text_hash("x"))
_OF = np.uint64(text_hash("of"))
_PAIR, _TRIPLE, _AMOUNT = (
    np.uint64(text_hash(name)) for name in ("<pair>", "<triple>", "<amount>")
)
_PIECES = QUANTITIES.index("pieces")
_MODULES = QUANTITIES.index("modules")
_SCREEN = QUANTITIES.index("screen_mpx")
_COLUMNS = 3 + PARTS + 1

Buckets = npt.NDArray[np.int64]
Ids = npt.NDArray[np.int32]


class Features(NamedTuple):
    """What the graph eats, for n titles; the fields are the graph's inputs, in order."""

    tokens: Ids
    """(n, width) ids of tokens, their runs, pieces and amounts; 0 fills up to the longest row."""
    words: Ids
    """(n, width) ids of words as written, their pairs and triples."""
    grams: Ids
    """(n, width) ids of character n-grams."""
    side: Ids
    """(n, SIDE) ids of brand, category and both; 0 where missing or never seen."""
    numbers: npt.NDArray[np.float32]
    """(n, NUMBERS), see `Vocabularies.features`."""

    def is_known(self) -> npt.NDArray[np.bool_]:
        """(n,) whether a word of the title, the brand or the category was met in training."""
        return np.asarray((self.numbers[:, -1] > 0) | self.side.any(axis=1))


class Bag(NamedTuple):
    """Hashes of one kind, flat."""

    row: Ints
    """(k,) the title each line belongs to, ascending."""
    buckets: Buckets
    """(k, columns); -1 = none."""


class Bags(NamedTuple):
    """n titles hashed, before a vocabulary picks what it knows."""

    tokens: Bag
    words: Bag
    grams: Bag
    side: Buckets
    """(n, SIDE); -1 = missing."""
    amounts: Floats
    """(n, quantities) largest amount of each quantity in its base unit; 0 where there is none."""


def bag(
    words: Words, titles: Sequence[Any], brands: Sequence[Any], categories: Sequence[Any]
) -> Bags:
    """Hash n titles with their brands and categories; None and "" are missing, never an error."""
    tokens = words.tokens(titles)
    row, quantity, value = _amounts(tokens)
    amounts = np.zeros((len(titles), len(QUANTITIES)))
    np.maximum.at(amounts, (tokens.row[row], quantity), value)
    return Bags(
        tokens=Bag(tokens.row, _token_buckets(tokens, row, quantity, value)),
        words=Bag(tokens.word_row, _bucket(_runs(tokens.word, tokens.word_row))),
        grams=Bag(tokens.gram_row, _bucket(tokens.gram[:, None])),
        side=_side(brands, categories),
        amounts=amounts,
    )


def _token_buckets(tokens: Tokens, at: Ints, quantity: Ints, value: Floats) -> Buckets:
    count = len(tokens.row)
    hashes = np.zeros((count, _COLUMNS), np.uint64)
    hashes[:, :3] = _runs(tokens.hash, tokens.row)
    hashes[:, 3 : 3 + PARTS] = tokens.part
    # Amounts in steps of a third of an octave: a size never seen still has a neighbour.
    step = np.round(np.log2(np.maximum(value, 1e-6)) * 3).astype(np.int64) + 4096
    hashes[at, -1] = _mix(_AMOUNT, quantity.astype(np.uint64), step.astype(np.uint64))
    return _bucket(hashes)


def _runs(single: Hashes, row: Ints) -> Hashes:
    """Each hash alone, with the next, and with the next two of its row; (k, 3), 0 = none."""
    runs = np.zeros((len(single), 3), np.uint64)
    runs[:, 0] = single
    if len(single) > 1:
        is_same = row[1:] == row[:-1]
        runs[:-1, 1] = np.where(is_same, _mix(_PAIR, single[:-1], single[1:]), 0)
    if len(single) > 2:
        is_same = row[2:] == row[:-2]
        pairs = _mix(_TRIPLE, single[:-2], single[1:-1])
        runs[:-2, 2] = np.where(is_same, _mix(_TRIPLE, pairs, single[2:]), 0)
    return runs


def _amounts(tokens: Tokens) -> tuple[Ints, Ints, Floats]:
    """Amounts with a unit: index of the token, quantity, value in the base unit; all (k,)."""
    number, unit, same = tokens.number, tokens.unit, tokens.row[1:] == tokens.row[:-1]
    is_amount = same & ~np.isnan(number[:-1]) & (unit[1:] >= 0)
    # "2 x 8": the x joins two numbers and is no unit of speed.
    is_amount[:-1] &= ~(
        (tokens.hash[1:-1] == _X) & ~np.isnan(number[2:]) & (tokens.row[2:] == tokens.row[:-2])
    )
    at = np.flatnonzero(is_amount)
    quantity, value = unit[at + 1], number[at] * tokens.factor[at + 1]
    rows = [at]
    quantities, values = [quantity], [value]
    # "2 x 8", "2560x1440", "pack of 12": three tokens of one row.
    if len(number) > 2:
        same2 = tokens.row[2:] == tokens.row[:-2]
        first, last = number[:-2], number[2:]
        at = np.flatnonzero(same2 & (tokens.hash[1:-1] == _X) & ~np.isnan(first) & ~np.isnan(last))
        is_screen = (first[at] >= 320) & (last[at] >= 200)
        rows.append(at)
        quantities.append(np.where(is_screen, _SCREEN, _MODULES))
        values.append(np.where(is_screen, first[at] * last[at] * 1e-6, first[at]))
        at = np.flatnonzero(
            same2 & (tokens.hash[1:-1] == _OF) & (unit[:-2] == _PIECES) & ~np.isnan(last)
        )
        rows.append(at)
        quantities.append(np.full(len(at), _PIECES))
        values.append(last[at])
    return np.concatenate(rows), np.concatenate(quantities), np.concatenate(values)


def _side(brands: Sequence[Any], categories: Sequence[Any]) -> Buckets:
    brand, category = _names("brand", brands), _names("category", categories)
    both = np.where((brand > 0) & (category > 0), _mix(_PAIR, brand, category), np.uint64(0))
    return _bucket(np.stack([brand, category, both], axis=1))


def _names(kind: str, names: Sequence[Any]) -> Hashes:
    known: dict[Any, int] = {None: 0, "": 0}
    hashes = np.zeros(len(names), np.uint64)
    for at, name in enumerate(names):
        if not isinstance(name, str):
            continue
        found = known.get(name)
        if found is None:
            plain = " ".join(name[:100].lower().split())
            found = known[name] = text_hash(f"<{kind}>{plain}") if plain else 0
        hashes[at] = found
    return hashes


def _mix(seed: np.uint64, left: Hashes, right: Hashes) -> Hashes:
    mixed = (left * _GOLDEN + right) ^ seed
    mixed ^= mixed >> np.uint64(29)
    return np.asarray(mixed * _GOLDEN)


def _bucket(hashes: Hashes) -> Buckets:
    return np.where(hashes == 0, -1, (hashes * _GOLDEN >> _SHIFT).astype(np.int64))


class Vocabulary:
    """The buckets of one kind that training kept: bucket -> id 1..size, 0 for every other."""

    def __init__(self, buckets: npt.NDArray[np.uint32]) -> None:
        """Keep these.

        Args:
            buckets: (size,) strictly ascending, each below 2**BUCKET_BITS.

        Raises:
            ValueError: they are not.
        """
        wide = buckets.astype(np.int64)
        if len(wide) and (np.any(np.diff(wide) <= 0) or wide[-1] >> BUCKET_BITS):
            message = f"vocabulary: buckets must ascend and stay below 2**{BUCKET_BITS}"
            raise ValueError(message)
        self.buckets = buckets
        self._ids = np.zeros((1 << BUCKET_BITS) + 1, np.int32)  # the last one answers for -1
        self._ids[buckets] = np.arange(1, len(buckets) + 1, dtype=np.int32)

    @classmethod
    def fit(cls, bag_: Bag, min_titles: int) -> Self:
        """Keep the buckets that at least `min_titles` titles hold."""
        row = np.repeat(bag_.row, bag_.buckets.shape[1])
        bucket = bag_.buckets.ravel()
        is_some = bucket >= 0
        once = np.unique(row[is_some] << BUCKET_BITS | bucket[is_some])
        titles = np.bincount(once & ((1 << BUCKET_BITS) - 1), minlength=1 << BUCKET_BITS)
        return cls(np.flatnonzero(titles >= min_titles).astype(np.uint32))

    def __len__(self) -> int:
        """Ids run from 0 (nothing) to this, inclusive."""
        return len(self.buckets)

    def __getitem__(self, buckets: Buckets) -> Ids:
        """Ids of buckets, any shape."""
        return np.asarray(self._ids[buckets])


class Vocabularies(NamedTuple):
    """What a trained model knows, kind by kind."""

    tokens: Vocabulary
    words: Vocabulary
    grams: Vocabulary
    side: Vocabulary

    @classmethod
    def fit(cls, bags: Bags, min_titles: Sequence[int]) -> "Vocabularies":
        """Keep what enough titles hold; `min_titles` for tokens, words, grams, side."""
        side = Bag(np.arange(len(bags.side)), bags.side)
        kinds = (bags.tokens, bags.words, bags.grams, side)
        found = [Vocabulary.fit(kind, least) for kind, least in zip(kinds, min_titles, strict=True)]
        return cls(*found)

    @classmethod
    def load(cls, path: Path) -> "Vocabularies":
        """Read what `save` wrote."""
        with np.load(path, allow_pickle=False) as arrays:
            return cls(*(Vocabulary(arrays[kind]) for kind in cls._fields))

    def save(self, path: Path) -> None:
        """Write the buckets of each kind as one .npz."""
        np.savez(path, **{kind: getattr(self, kind).buckets for kind in self._fields})

    def features(self, bags: Bags) -> Features:
        """What the graph eats; a row's values do not depend on the rows beside it."""
        count = len(bags.side)
        tokens = self.tokens[bags.tokens.buckets]
        numbers = np.zeros((count, NUMBERS), np.float32)
        width = len(QUANTITIES)
        numbers[:, :width] = np.log1p(np.minimum(bags.amounts, 1e9))
        numbers[:, width : 2 * width] = bags.amounts > 0
        seen = np.bincount(bags.tokens.row, minlength=count)
        known = np.bincount(bags.tokens.row[tokens[:, 0] > 0], minlength=count)
        numbers[:, -2] = np.log1p(seen)
        numbers[:, -1] = known / np.maximum(seen, 1)
        return Features(
            tokens=_pad(tokens, bags.tokens.row, count),
            words=_pad(self.words[bags.words.buckets], bags.words.row, count),
            grams=_pad(self.grams[bags.grams.buckets], bags.grams.row, count),
            side=self.side[bags.side],
            numbers=numbers,
        )


def _pad(table: Ids, row: Ints, count: int) -> Ids:
    """Known ids of each row, side by side from the left; (count, longest)."""
    is_known = table > 0
    flat = table[is_known]
    lengths = np.bincount(row, is_known.sum(axis=1), minlength=count).astype(np.int64)
    starts = np.cumsum(lengths) - lengths
    flat_row = np.repeat(np.arange(count), lengths)
    place = np.arange(len(flat)) - starts[flat_row]
    width = max(1, min(MAX_IDS, int(lengths.max(initial=0))))
    ids = np.zeros((count, width), np.int32)
    if int(lengths.max(initial=0)) > width:
        is_inside = place < width
        flat, flat_row, place = flat[is_inside], flat_row[is_inside], place[is_inside]
    ids[flat_row, place] = flat
    return ids
