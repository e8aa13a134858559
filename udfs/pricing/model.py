"""The fair price of offers, from a model folder: manifest, vocabularies and one ONNX graph."""

import json
from collections import OrderedDict
from collections.abc import Sequence
from hashlib import sha256
from pathlib import Path
from typing import Any, Self

import numpy as np
import onnxruntime

from udfs.pricing.features import Features, Vocabularies, bag
from udfs.pricing.words import Floats, Words

FORMAT = 1  # of the manifest and of the features; another number is another version of this code
CACHE_SIZE = 50_000  # recent offers' answers, about 15 MB
CHUNK = 64  # rows a run of the graph: rows of like length together, little filler, warm caches

_Key = tuple[str, str | None, str | None]


class ModelError(Exception):
    """The model folder is incomplete, damaged or of another version."""


class FairPriceModel:
    """Prices offers by their text. Not thread-safe; make one in each worker."""

    def __init__(
        self, version: str, vocabularies: Vocabularies, session: onnxruntime.InferenceSession
    ) -> None:
        """Serve with these parts; `load` reads them from a folder."""
        self.version = version
        self.cache_hits = 0
        """Offers answered from the cache since the start."""
        self._vocabularies = vocabularies
        self._session = session
        self._words = Words()
        self._recent: OrderedDict[_Key, tuple[float, float, float]] = OrderedDict()

    @classmethod
    def load(cls, folder: Path) -> Self:
        """Load what the folder's manifest.json names.

        Raises:
            ModelError: the manifest is missing, unreadable or of another format, or a file is
                missing or differs from the sha256 the manifest gives for it.
        """
        manifest = read_manifest(folder)
        graph = checked(folder, manifest, "model.onnx")
        checked(folder, manifest, "vocabulary.npz")
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = 1
        options.inter_op_num_threads = 1
        options.log_severity_level = 3
        # Spinning threads would burn the slot's core between batches.
        options.add_session_config_entry("session.intra_op.allow_spinning", "0")
        session = onnxruntime.InferenceSession(
            graph, sess_options=options, providers=["CPUExecutionProvider"]
        )
        vocabularies = Vocabularies.load(folder / "vocabulary.npz")
        return cls(str(manifest["version"]), vocabularies, session)

    def quantiles_usd(
        self, titles: Sequence[Any], brands: Sequence[Any], categories: Sequence[Any]
    ) -> Floats:
        """Estimate what new items like these sell for.

        Args:
            titles: n titles of offers; any text, hostile text too. What is no str counts as empty.
            brands: n brands, None or "" where unknown.
            categories: n categories, None or "" where unknown.

        Returns:
            (n, 3) p10, p50, p90 in USD, ascending; a row of NaN where nothing is known of an offer
            (no title, or none of its words was ever met). A row does not depend on the others.

        Raises:
            ValueError: the three differ in length.
        """
        keys = [
            (title if isinstance(title, str) else "", _name(brand), _name(category))
            for title, brand, category in zip(titles, brands, categories, strict=True)
        ]
        answers: dict[_Key, tuple[float, float, float]] = {}
        fresh: list[_Key] = []
        for key in keys:
            if key in answers:
                continue
            known = self._recent.get(key)
            if known is None:
                fresh.append(key)
                answers[key] = (np.nan, np.nan, np.nan)
            else:
                self._recent.move_to_end(key)
                answers[key] = known
        self.cache_hits += len(answers) - len(fresh)
        for key, row in zip(fresh, self._score(fresh).tolist(), strict=True):
            answers[key] = (row[0], row[1], row[2])
            if len(key[0]) <= 1_000:  # a hostile title may be huge; it must not live on in memory
                self._recent[key] = answers[key]
        while len(self._recent) > CACHE_SIZE:
            self._recent.popitem(last=False)
        return np.array([answers[key] for key in keys], np.float64).reshape(-1, 3)

    def _score(self, keys: Sequence[_Key]) -> Floats:
        """(n, 3) for offers not in the cache."""
        out = np.full((len(keys), 3), np.nan)
        for first in range(0, len(keys), 1024):
            titles, brands, categories = zip(*keys[first : first + 1024], strict=True)
            hashed = bag(self._words, titles, brands, categories)
            features = self._vocabularies.features(hashed)
            part = np.full((len(titles), 3), np.nan)
            # Long titles first: rows of like length share a run, and its width is theirs.
            order = np.argsort(-(features.grams > 0).sum(axis=1), kind="stable")
            order = order[features.is_known()[order] & np.array([bool(t) for t in titles])[order]]
            for at in range(0, len(order), CHUNK):
                rows = order[at : at + CHUNK]
                part[rows] = self._run(features, rows)
            out[first : first + len(titles)] = part
        return out

    def _run(self, features: Features, rows: Any) -> Floats:
        feed = {name: getattr(features, name)[rows] for name in Features._fields}
        for name in ("tokens", "words", "grams"):
            width = max(1, int((feed[name] > 0).sum(axis=1).max()))
            feed[name] = np.ascontiguousarray(feed[name][:, :width])
        (answer,) = self._session.run(None, feed)
        return np.asarray(answer, np.float64)


def _name(value: Any) -> str | None:
    return value if isinstance(value, str) and value else None


def read_manifest(folder: Path) -> dict[str, Any]:
    """A folder's manifest.json; ModelError where it is missing or of another format."""
    path = folder / "manifest.json"
    try:
        manifest = json.loads(path.read_text("utf-8"))
    except FileNotFoundError as error:
        message = f"no model in {folder}: {path.name} is missing"
        raise ModelError(message) from error
    except ValueError as error:
        message = f"{path} is no JSON: {error}"
        raise ModelError(message) from error
    if not isinstance(manifest, dict) or manifest.get("format") != FORMAT:
        message = f"{path}: format must be {FORMAT}; the model is of another version of the code"
        raise ModelError(message)
    return manifest


def checked(folder: Path, manifest: dict[str, Any], name: str) -> bytes:
    """A file's bytes; ModelError unless they are those the manifest was written for."""
    path = folder / name
    try:
        expected = manifest["files"][name]["sha256"]
        content = path.read_bytes()
    except (KeyError, TypeError) as error:
        message = f"{folder / 'manifest.json'}: no sha256 for {name}"
        raise ModelError(message) from error
    except FileNotFoundError as error:
        message = f"{path} is missing"
        raise ModelError(message) from error
    found = sha256(content).hexdigest()
    if found != expected:
        message = f"{path} is not the file of its manifest: sha256 {found}, expected {expected}"
        raise ModelError(message)
    return content
