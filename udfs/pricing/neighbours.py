"""The known products most similar to an offer, with their prices; TF-IDF over titles.

Similarity is the mean of two cosines, one over words as written with their pairs and triples, one
over tokens with amounts and pieces. What more than MOST_HOLDERS products hold says nothing and is
left out. The index holds hashes and prices, no titles. A row costs about a third of a millisecond.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple, Self

import numpy as np
import numpy.typing as npt

from udfs.pricing.artefact import ModelError, checked, read_manifest
from udfs.pricing.features import Features, Vocabularies, bag
from udfs.pricing.words import Floats, Ints, Words

FILE = "neighbours.npz"
MOST_HOLDERS = 2_500
KINDS = ("words", "tokens")


class Neighbours(NamedTuple):
    """Of n offers, the most similar first; NaN and -1 where fewer than k share a word."""

    product: npt.NDArray[np.int64]
    """(n, k) number of the product in the index."""
    similarity: Floats
    """(n, k) 0..1."""
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
            vocabularies: of the model.
            first: (ids + 1,) where the products of each id of `joined` begin, and the end.
            products: (entries,) products that hold an id, each once, id by id.
            price_usd: (products,) prices.
        """
        self._vocabularies, self._words = vocabularies, Words()
        self._first, self._products, self._price_usd = first, products, price_usd
        holders = np.diff(first)
        self._idf: Floats = np.log(len(price_usd) / np.maximum(holders, 1)) + 1
        self._idf[holders == 0] = 0
        self._border = len(vocabularies.words)
        kinds = (np.arange(len(holders)) > self._border).astype(np.int64)
        entry_kind = np.repeat(kinds, holders)
        entry_idf = np.repeat(self._idf, holders)
        squares = np.bincount(products * 2 + entry_kind, entry_idf**2, minlength=2 * len(price_usd))
        norm = np.sqrt(np.maximum(squares, 1e-9))
        self._weight: Floats = entry_idf / norm[products * 2 + entry_kind] / len(KINDS)

    @classmethod
    def of(cls, vocabularies: Vocabularies, features: Features, price_usd: Floats) -> Self:
        """Index these products in memory."""
        counts, products = _postings(vocabularies, features)
        first = np.concatenate([[0], np.cumsum(counts, dtype=np.int64)])
        return cls(vocabularies, first, products, price_usd)

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
            message = f"{folder / FILE} was made for another vocabulary.npz: run models.train"
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
        return self.nearest(
            self._vocabularies.features(bag(self._words, plain, nothing, nothing)), k
        )

    def nearest(self, features: Features, k: int) -> Neighbours:
        """The k products most similar to each of n offers; a row does not depend on the others."""
        ids = joined(self._vocabularies, features)
        count = len(ids)
        found = Neighbours(
            np.full((count, k), -1), *(np.full((count, k), np.nan) for _ in range(2))
        )
        ids.sort(axis=1)
        is_used = self._idf[ids] > 0
        is_used[:, 1:] &= ids[:, 1:] != ids[:, :-1]
        squares = np.where(is_used, self._idf[ids] ** 2, 0.0)
        is_token = ids > self._border
        norms = [
            np.sqrt(np.maximum(np.where(part, squares, 0.0).sum(axis=1), 1e-9))[:, None]
            for part in (~is_token, is_token)
        ]
        weights = self._idf[ids] / np.where(is_token, norms[1], norms[0])
        for at in range(count):
            used = is_used[at]
            best, similarity = self._best(ids[at, used], weights[at, used], k)
            found.product[at, : len(best)] = best
            found.similarity[at, : len(best)] = similarity
            found.price_usd[at, : len(best)] = self._price_usd[best]
        return found

    def _best(self, ids: Ints, weights: Floats, k: int) -> tuple[Ints, Floats]:
        """The k best products of one offer, and their similarity."""
        first = self._first[ids]
        lengths = self._first[ids + 1] - first
        starts = np.cumsum(lengths) - lengths
        entries = np.repeat(first - starts, lengths) + np.arange(int(lengths.sum()))
        total = np.bincount(
            self._products[entries],
            self._weight[entries] * np.repeat(weights, lengths),
            minlength=len(self._price_usd),
        )
        # The few that come near the best; only where they do not suffice, all.
        best = np.flatnonzero(total > 0.3 * total.max(initial=0.0))
        if len(best) < k:
            best = np.flatnonzero(total > 0)
        similarity = total[best]
        if len(best) > 4 * k:
            least = np.partition(similarity, len(best) - k)[len(best) - k]
            best = best[similarity >= least]
            similarity = total[best]
        # Ties go to the first product, so that an answer does not depend on the run.
        order = np.argsort(-similarity, kind="stable")[:k]
        return best[order], np.minimum(similarity[order], 1.0)


def joined(vocabularies: Vocabularies, features: Features) -> Ints:
    """(n, width) ids of words and of tokens in one space: those of tokens come after; 0 = none."""
    tokens = features.tokens.astype(np.int64)
    after = np.where(tokens > 0, tokens + len(vocabularies.words), 0)
    return np.concatenate([features.words.astype(np.int64), after], axis=1)


def pack(vocabularies: Vocabularies, features: Features, price_usd: Floats) -> dict[str, Any]:
    """Arrays of neighbours.npz for n products; prices (n,) below 40 million."""
    counts, products = _postings(vocabularies, features)
    begins = (np.cumsum(counts) - counts)[counts > 0]
    steps = np.diff(products, prepend=0)
    steps[begins] = products[begins]
    return {
        "counts": counts.astype(np.uint32),
        "steps": steps.astype(np.uint16 if len(price_usd) <= 1 << 16 else np.uint32),
        "cents": np.round(price_usd * 100).astype(np.uint32),
    }


def _postings(vocabularies: Vocabularies, features: Features) -> tuple[Ints, Ints]:
    """Products by id (ids,), and the products, id by id; without what too many hold."""
    ids = joined(vocabularies, features)
    size = len(vocabularies.words) + len(vocabularies.tokens) + 1
    product = np.repeat(np.arange(len(ids)), ids.shape[1])
    flat = ids.ravel()
    pairs = np.unique(flat[flat > 0] * len(ids) + product[flat > 0])
    counts = np.bincount(pairs // max(len(ids), 1), minlength=size)
    counts[counts > MOST_HOLDERS] = 0
    pairs = pairs[counts[pairs // max(len(ids), 1)] > 0]
    return counts, pairs % max(len(ids), 1)
