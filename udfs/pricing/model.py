"""The fair price of offers, from a model folder, in one of two sizes.

"fast" is one ONNX graph; "accurate" is the stack over it: graph, similar products, boosted trees.
"""

import logging
from collections import Counter, OrderedDict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import Any, Self

import numpy as np
import onnxruntime

from udfs.pricing.artefact import checked, read_manifest, session_of
from udfs.pricing.features import Features, Vocabularies, bag
from udfs.pricing.neighbours import NeighbourIndex, Neighbours
from udfs.pricing.stack import (
    FILE,
    MEMBERS,
    TREES_FILE,
    K,
    Member,
    Opinions,
    Stack,
    combine,
    side_columns,
    simple_estimates,
    tree_inputs,
)
from udfs.pricing.words import Floats, Words

logger = logging.getLogger(__name__)

CACHE_SIZE = 50_000  # recent offers' answers, about 15 MB
CHUNK = 64  # rows a run of the graph: rows of like length together, little filler, warm caches
_PART = 1_024  # rows whose features are in memory at a time

_Key = tuple[str, str | None, str | None]
_Answer = tuple[float, float, float]
_NOTHING: _Answer = (np.nan, np.nan, np.nan)


class Size(StrEnum):
    """How much of the folder answers."""

    FAST = "fast"
    ACCURATE = "accurate"


class Unpriced(StrEnum):
    """Why an offer has no estimate."""

    NO_TITLE = "no_title"
    NO_KNOWN_WORD = "no_known_word"
    FAILED = "failed"


@dataclass
class Tally:
    """What happened since the last look."""

    hits: int = 0
    """Distinct offers of a batch answered from the cache."""
    misses: int = 0
    """Distinct offers of a batch that were scored."""
    dropped: Counter[str] = field(default_factory=Counter)
    """Offers for which a member failed, by Member."""
    unpriced: Counter[str] = field(default_factory=Counter)
    """Rows without estimate, by Unpriced."""


@dataclass(frozen=True)
class Parts:
    """What the size "accurate" needs beside the graph."""

    stack: Stack
    trees: onnxruntime.InferenceSession
    index: NeighbourIndex


class FairPriceModel:
    """Prices offers by their text. Not thread-safe; make one in each worker."""

    def __init__(
        self,
        version: str,
        vocabularies: Vocabularies,
        session: onnxruntime.InferenceSession,
        parts: Parts | None = None,
    ) -> None:
        """Serve with these, fast without `parts`; `load` reads them from a folder."""
        self.version = version
        self._vocabularies = vocabularies
        self._session = session
        self._parts = parts
        self._words = Words()
        self._recent: OrderedDict[_Key, _Answer] = OrderedDict()
        self._tally = Tally()
        self._warned: set[str] = set()

    @classmethod
    def load(
        cls, folder: Path, size: Size = Size.FAST, index: NeighbourIndex | None = None
    ) -> Self:
        """Load what the folder's manifest.json names.

        Args:
            folder: of the model.
            size: which of its files answer.
            index: of the same folder, where one is loaded already.

        Raises:
            ModelError: the manifest is missing, unreadable or of another format, or a file is
                missing or differs from the sha256 the manifest gives for it.
        """
        manifest = read_manifest(folder)
        graph = checked(folder, manifest, "model.onnx")
        checked(folder, manifest, "vocabulary.npz")
        parts = None
        if size is Size.ACCURATE:
            checked(folder, manifest, FILE)
            parts = Parts(
                Stack.load(folder / FILE),
                session_of(checked(folder, manifest, TREES_FILE)),
                index or NeighbourIndex.load(folder),
            )
        vocabularies = Vocabularies.load(folder / "vocabulary.npz")
        version = str(manifest["version"]) + ("" if size is Size.FAST else f"-{size}")
        return cls(version, vocabularies, session_of(graph), parts)

    def take_tally(self) -> Tally:
        """What happened since the last call."""
        taken, self._tally = self._tally, Tally()
        return taken

    def quantiles_usd(
        self, titles: Sequence[Any], brands: Sequence[Any], categories: Sequence[Any]
    ) -> Floats:
        """Estimate what new items like these sell for.

        A part of the model that fails on a batch is dropped for it and counted in the tally.

        Args:
            titles: n titles of offers; any text, hostile text too. What is no str counts as empty.
            brands: n brands, None or "" where unknown.
            categories: n categories, None or "" where unknown.

        Returns:
            (n, 3) p10, p50, p90 in USD, ascending; a row of NaN where nothing is known of an offer
            (no title, or none of its words was ever met) or every part failed, with the reason in
            the tally. A row does not depend on the others.

        Raises:
            ValueError: the three differ in length.
        """
        keys = [
            (title if isinstance(title, str) else "", _name(brand), _name(category))
            for title, brand, category in zip(titles, brands, categories, strict=True)
        ]
        answers: dict[_Key, _Answer] = {}
        fresh: list[_Key] = []
        for key in keys:
            if key in answers:
                continue
            known = self._recent.get(key)
            if known is None:
                fresh.append(key)
                answers[key] = _NOTHING
            else:
                self._recent.move_to_end(key)
                answers[key] = known
        self._tally.hits += len(answers) - len(fresh)
        self._tally.misses += len(fresh)
        failures = self._tally.dropped.total()
        for key, row in zip(fresh, self._score(fresh).tolist(), strict=True):
            answers[key] = (row[0], row[1], row[2])
        is_whole = self._tally.dropped.total() == failures
        if is_whole:  # an answer without a member is for now, not to be remembered
            # A hostile title may be huge; it must not live on in memory.
            self._recent |= {key: answers[key] for key in fresh if len(key[0]) <= 1_000}
        while len(self._recent) > CACHE_SIZE:
            self._recent.popitem(last=False)
        found = np.array([answers[key] for key in keys], np.float64).reshape(-1, 3)
        for at in np.flatnonzero(np.isnan(found[:, 1])):
            known_word = Unpriced.NO_KNOWN_WORD if is_whole else Unpriced.FAILED
            self._tally.unpriced[known_word if keys[at][0].strip() else Unpriced.NO_TITLE] += 1
        return found

    def _score(self, keys: Sequence[_Key]) -> Floats:
        """(n, 3) for offers not in the cache."""
        out = np.full((len(keys), 3), np.nan)
        for first in range(0, len(keys), _PART):
            titles, brands, categories = zip(*keys[first : first + _PART], strict=True)
            hashed = bag(self._words, titles, brands, categories)
            features = self._vocabularies.features(hashed)
            rows = np.flatnonzero(features.is_known() & np.array([bool(t) for t in titles]))
            if len(rows):
                out[first + rows] = self._price(_rows(features, rows))
        return out

    def _price(self, features: Features) -> Floats:
        """(n, 3) for offers of which something is known."""
        count = len(features.side)
        quantiles, opinions = np.full((count, 3), np.nan), None
        # Long titles first: rows of like length share a run, and its width is theirs.
        order = np.argsort(-(features.grams > 0).sum(axis=1), kind="stable")
        for at in range(0, count, CHUNK):
            rows = order[at : at + CHUNK]
            answer = self._try(
                (Member.NETWORKS, Member.RIDGE), len(rows), self._run, features, rows
            )
            if answer is None:
                continue
            quantiles[rows] = answer[0]
            if opinions is None:
                opinions = np.full((count, answer[1].shape[1]), np.nan)
            opinions[rows] = answer[1]
        if self._parts is None:
            return quantiles
        nobody = np.full((count, 1 + 4), np.nan)
        return self._stacked(
            self._parts, features, Opinions.of(nobody if opinions is None else opinions)
        )

    def _stacked(self, parts: Parts, features: Features, opinions: Opinions) -> Floats:
        count, has_side = len(features.side), features.side[:, 1] > 0
        similar = self._try((Member.NEIGHBOURS,), count, parts.index.nearest, features, K)
        if similar is None:
            nothing = np.full((count, K), np.nan)
            similar = Neighbours(np.full((count, K), -1), nothing, nothing)
        estimates = simple_estimates(opinions, similar, has_side)
        # The trees were grown where the others answered; elsewhere they abstain.
        rows = np.flatnonzero(np.isfinite(estimates[:, :-1]).all(axis=1))
        if len(rows):
            inputs = tree_inputs(
                opinions,
                similar,
                side_columns(parts.stack.sides, features),
                features.numbers,
                has_side,
                combine(estimates, parts.stack.weights),
            )[rows]
            grown = self._try((Member.TREES,), len(rows), parts.trees.run, None, {"inputs": inputs})
            if grown is not None:
                estimates[rows, MEMBERS.index(Member.TREES)] = inputs[:, -1] + grown[0][:, 0]
        return parts.stack.quantiles_usd(estimates, opinions.gaps, has_side)

    def _try(
        self, members: Sequence[Member], rows: int, ask: Callable[..., Any], *arguments: Any
    ) -> Any | None:
        """What `ask` answers; None where it fails, which is counted for its members."""
        try:
            return ask(*arguments)
        except Exception as error:  # of whatever kind: one member must not cost the others
            for member in members:
                self._tally.dropped[member] += rows
                if member not in self._warned:
                    self._warned.add(member)
                    logger.warning(
                        "a member of the model failed: member=%s error=%r", member, error
                    )
            return None

    def _run(self, features: Features, rows: Any) -> tuple[Floats, Floats]:
        """(n, 3) quantiles and (n, networks + 4) opinions of the graph."""
        feed = {name: getattr(features, name)[rows] for name in Features._fields}
        for name in ("tokens", "words", "grams"):
            width = max(1, int((feed[name] > 0).sum(axis=1).max()))
            feed[name] = np.ascontiguousarray(feed[name][:, :width])
        quantiles, opinions = self._session.run(["quantiles_usd", "members"], feed)
        return np.asarray(quantiles, np.float64), np.asarray(opinions, np.float64)


def _rows(features: Features, rows: Any) -> Features:
    return Features(*(part[rows] for part in features))


def _name(value: Any) -> str | None:
    return value if isinstance(value, str) and value else None
