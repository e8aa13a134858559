"""Titles as vectors of all-MiniLM-L6-v2: an int8 ONNX graph and its tokenizer.

A title costs about 14 ms of a core, so this is for search: each distinct title once, never every
observation.
"""

from collections import OrderedDict
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Self

import numpy as np
import numpy.typing as npt
import onnxruntime
from tokenizers import Tokenizer

from udfs.pricing.artefact import checked, read_manifest, session_of

DIMENSIONS = 384
MAX_TOKENS = 64  # a title has about 20; what follows says little more
MAX_CHARACTERS = 1_000  # read of a title
CACHE_SIZE = 20_000  # titles, about 35 MB

Vectors = npt.NDArray[np.float32]


class TitleEmbedder:
    """Embeds titles. Not thread-safe; make one in each worker."""

    def __init__(self, tokenizer: Tokenizer, session: onnxruntime.InferenceSession) -> None:
        """Serve with these; `load` reads them from a folder."""
        self._tokenizer, self._session = tokenizer, session
        self._recent: OrderedDict[str, Vectors] = OrderedDict()

    @classmethod
    def load(cls, folder: Path) -> Self:
        """Load model.onnx and tokenizer.json of a folder.

        Raises:
            ModelError: a file is missing or is not the one of the manifest.
        """
        manifest = read_manifest(folder)
        tokenizer = Tokenizer.from_str(checked(folder, manifest, "tokenizer.json").decode())
        tokenizer.enable_truncation(MAX_TOKENS)
        tokenizer.no_padding()
        return cls(tokenizer, session_of(checked(folder, manifest, "model.onnx")))

    def vectors(self, titles: Sequence[Any], *, max_new: int | None = None) -> list[Vectors | None]:
        """A unit vector a title: the nearer two are, the larger their dot product.

        Args:
            titles: n titles; hostile text too. What is no str, or is blank, has no vector.
            max_new: So many titles at most are embedded; those met before cost nothing.

        Returns:
            n vectors of shape (384,), float32; None for no title, and beyond `max_new`.
        """
        texts = [each[:MAX_CHARACTERS].strip() if isinstance(each, str) else "" for each in titles]
        fresh = [text for text in dict.fromkeys(texts) if text and text not in self._recent]
        found: dict[str, Vectors] = {}
        fresh = fresh[:max_new]
        for text in fresh:
            found[text] = self._embed(text)
        for text in texts:
            if text in self._recent:
                self._recent.move_to_end(text)
                found[text] = self._recent[text]
        for text in fresh:
            self._recent[text] = found[text]
        while len(self._recent) > CACHE_SIZE:
            self._recent.popitem(last=False)
        return [found.get(text) for text in texts]

    def _embed(self, text: str) -> Vectors:
        # One a run: the graph scales its integers by what it is given, and a vector must not
        # depend on the titles that happen to come along.
        encoded = self._tokenizer.encode(_printable(text))
        feed = {
            "input_ids": np.array([encoded.ids], np.int64),
            "attention_mask": np.array([encoded.attention_mask], np.int64),
        }
        (vectors,) = self._session.run(None, feed)
        return np.asarray(vectors[0], np.float32)


def _printable(text: str) -> str:
    """Half a surrogate pair is no text for the tokenizer."""
    return text.encode("utf-8", "replace").decode("utf-8")
