"""How rare words and groups of three characters are in titles: what a shared one is worth."""

from collections import Counter
from collections.abc import Iterable
from pathlib import Path
from typing import NamedTuple, Self
from zlib import crc32

import numpy as np
import numpy.typing as npt

from udfs.matching.offer import GRAM_BITS, Offer

FILE = "rarity.npz"
MIN_TITLES = 2  # a word of fewer titles counts as never met
MAX_WEIGHTS = 10_000

Floats = npt.NDArray[np.float64]


class Weight(NamedTuple):
    """What the words and grams of an offer are worth: sums, whatever it is compared with."""

    words: float
    words_squared: float
    grams_squared: float


class Rarity:
    """Inverse document frequency of words and grams; a word never met is the rarest."""

    def __init__(
        self,
        hashes: npt.NDArray[np.uint32],
        values: npt.NDArray[np.float32],
        grams: npt.NDArray[np.float32],
        rarest: float,
    ) -> None:
        """Use these; `load` reads them, `fit` makes them."""
        self._hashes, self._values, self._rarest = hashes, values, rarest
        self._known = dict(zip(hashes.tolist(), values.tolist(), strict=True))
        self._words: dict[str, float] = {}
        # By identity, with the offer: its array has no hash, and an id is taken again once it is
        # gone. An offer is compared with several others, and known ones again and again.
        self._weights: dict[int, tuple[Offer, Weight]] = {}
        self.grams = grams
        """(2^GRAM_BITS,) by hash."""

    @classmethod
    def fit(cls, offers: Iterable[Offer]) -> Self:
        """Count in how many offers each word and gram stands."""
        words: Counter[int] = Counter()
        grams = np.zeros(1 << GRAM_BITS, np.int64)
        total = 0
        for offer in offers:
            words.update({crc32(word.encode()) for word in offer.words})
            grams[offer.grams] += 1
            total += 1
        kept = sorted(word for word, count in words.items() if count >= MIN_TITLES)
        counts = np.array([words[word] for word in kept], np.float64)
        return cls(
            np.array(kept, np.uint32),
            np.log((total + 1) / (counts + 1)).astype(np.float16).astype(np.float32),
            np.log((total + 1) / (grams + 1)).astype(np.float16).astype(np.float32),
            float(np.log((total + 1) / 2)),
        )

    @classmethod
    def load(cls, path: Path) -> Self:
        """Read what `save` wrote."""
        with np.load(path, allow_pickle=False) as arrays:
            return cls(
                arrays["hashes"],
                arrays["values"].astype(np.float32),
                arrays["grams"].astype(np.float32),
                float(arrays["rarest"]),
            )

    def save(self, path: Path) -> None:
        """Write as one .npz."""
        np.savez_compressed(
            path,
            hashes=self._hashes,
            values=self._values.astype(np.float16),
            grams=self.grams.astype(np.float16),
            rarest=np.float64(self._rarest),
        )

    def of(self, word: str) -> float:
        """Of a word; digits make one rarer than its letters say."""
        value = self._words.get(word)
        if value is None:
            value = self._known.get(crc32(word.encode()), self._rarest)
            if len(self._words) < 200_000:
                self._words[word] = value
        return value

    def total(self, words: Iterable[str]) -> float:
        """Sum over words, in one order: a sum of floats depends on it."""
        return sum(sorted(map(self.of, words)))

    def squares(self, words: Iterable[str]) -> float:
        """Sum of squares over words, in one order."""
        return sum(sorted(self.of(word) ** 2 for word in words))

    def gram_squares(self, grams: npt.NDArray[np.int32]) -> float:
        """Sum of squares over grams, ascending hashes."""
        return float((self.grams[grams].astype(np.float64) ** 2).sum())

    def weight(self, offer: Offer) -> Weight:
        """The sums of an offer; remembered for the latest."""
        known = self._weights.get(id(offer))
        if known is not None:
            return known[1]
        found = Weight(
            self.total(offer.words), self.squares(offer.words), self.gram_squares(offer.grams)
        )
        if len(self._weights) >= MAX_WEIGHTS:
            self._weights.pop(next(iter(self._weights)))
        self._weights[id(offer)] = offer, found
        return found
