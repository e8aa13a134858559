"""The known products most similar to an offer, with their prices; TF-IDF over the words of titles.

The index holds hashes and prices, no titles. It is for the few offers that a reader looks at, not
for the hot path: a row costs about a millisecond.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple, Self

import numpy as np
import numpy.typing as npt

from udfs.pricing.features import Vocabularies, Vocabulary, bag
from udfs.pricing.model import ModelError, checked, read_manifest
from udfs.pricing.words import Floats, Words

FILE = "neighbours.npz"


class Neighbours(NamedTuple):
    """Of n offers, the most similar first; NaN and -1 where fewer than k share a word."""

    product: npt.NDArray[np.int64]
    """(n, k) number of the product in the index."""
    similarity: Floats
    """(n, k) cosine, 0..1."""
    price_usd: Floats
    """(n, k)."""


class NeighbourIndex:
    """Finds neighbours. Not thread-safe."""

    def __init__(
        self,
        vocabularies: Vocabularies,
        first: npt.NDArray[np.int64],
        products: npt.NDArray[np.int64],
        price_usd: Floats,
    ) -> None:
        """Serve with these; `load` reads them from a folder.

        Args:
            vocabularies: of the model; the index is over the ids of `words`.
            first: (ids + 2,) where the products of each id begin, and the end.
            products: (entries,) products that hold an id, each once, id by id.
            price_usd: (products,) prices.
        """
        self._vocabularies, self._words = vocabularies, Words()
        self._first, self._products, self._price_usd = first, products, price_usd
        holders = np.maximum(np.diff(first), 1)
        self._idf: Floats = np.log(len(price_usd) / holders) + 1
        squares = np.repeat(self._idf**2, np.diff(first))
        norm = np.bincount(products, squares, minlength=len(price_usd))
        self._norm: Floats = np.sqrt(np.maximum(norm, 1e-9))

    @classmethod
    def load(cls, folder: Path) -> Self:
        """Load neighbours.npz of a model folder.

        Raises:
            ModelError: it is missing, differs from the manifest's sha256, or was made for another
                vocabulary.
        """
        manifest = read_manifest(folder)
        for name in ("vocabulary.npz", FILE):
            checked(folder, manifest, name)
        with np.load(folder / FILE, allow_pickle=False) as arrays:
            counts, steps, cents = (arrays[name] for name in ("counts", "steps", "cents"))
            made_for = str(arrays["vocabulary_sha256"])
        if made_for != manifest["files"]["vocabulary.npz"]["sha256"]:
            message = f"{folder / FILE} was made for another vocabulary.npz: run models.index"
            raise ModelError(message)
        first = np.concatenate([[0], np.cumsum(counts, dtype=np.int64)])
        # Within an id the products ascend; only the steps between them are stored.
        run = np.cumsum(steps, dtype=np.int64)
        before = np.concatenate([[0], run])[first[:-1]]
        products = run - np.repeat(before, counts)
        vocabularies = Vocabularies.load(folder / "vocabulary.npz")
        return cls(vocabularies, first, products, cents.astype(np.float64) / 100)

    def find(self, titles: Sequence[Any], k: int = 5) -> Neighbours:
        """The k products most similar to each of n titles; any text, what is no str is empty."""
        plain = [title if isinstance(title, str) else "" for title in titles]
        nothing = [None] * len(plain)
        hashed = bag(self._words, plain, nothing, nothing)
        ids = self._vocabularies.words[hashed.words.buckets]
        row = np.repeat(hashed.words.row, ids.shape[1])
        found = Neighbours(
            np.full((len(plain), k), -1), *(np.full((len(plain), k), np.nan) for _ in range(2))
        )
        flat = ids.ravel()
        for at in range(len(plain)):
            known = np.unique(flat[(row == at) & (flat > 0)])
            best, similarity = self._nearest(known, k)
            found.product[at, : len(best)] = best
            found.similarity[at, : len(best)] = similarity
            found.price_usd[at, : len(best)] = self._price_usd[best]
        return found

    def _nearest(self, ids: npt.NDArray[Any], k: int) -> tuple[npt.NDArray[np.int64], Floats]:
        squares = self._idf[ids] ** 2
        total = np.zeros(len(self._price_usd))
        for one, square in zip(ids.tolist(), squares.tolist(), strict=True):
            total[self._products[self._first[one] : self._first[one + 1]]] += square
        cosine = total / self._norm / np.sqrt(max(float(squares.sum()), 1e-9))
        # Ties go to the first product, so that an answer does not depend on the run.
        best = np.argsort(-cosine, kind="stable")[:k]
        best = best[cosine[best] > 0]
        return best, np.minimum(cosine[best], 1.0)


def pack(words: Vocabulary, rows: npt.NDArray[Any], prices_usd: Floats) -> dict[str, Any]:
    """Arrays of neighbours.npz.

    Args:
        words: the vocabulary of the ids.
        rows: (n, width) ids of n products, 0 = none.
        prices_usd: (n,) below 40 million.
    """
    product = np.repeat(np.arange(len(rows)), rows.shape[1])
    pairs = np.unique(np.stack([rows.ravel(), product])[:, rows.ravel() > 0], axis=1)
    counts = np.bincount(pairs[0], minlength=len(words) + 1)
    starts = np.concatenate([[0], np.cumsum(counts)])[:-1]
    steps = np.diff(pairs[1], prepend=0)
    begins = starts[counts > 0]
    steps[begins] = pairs[1][begins]
    cents = np.round(prices_usd * 100)
    return {
        "counts": counts.astype(np.uint32),
        "steps": steps.astype(np.uint16 if len(rows) <= 1 << 16 else np.uint32),
        "cents": cents.astype(np.uint32),
    }
