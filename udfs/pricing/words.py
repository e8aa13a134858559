"""Titles to words and tokens, through a cache that knows each word after its first sight.

A word is what stands between spaces ("2x8GB,"), a token what it is made of ("2", "x", "8", "gb").
A word's analysis (tokens, units, pieces, hashes) is paid once; from then on it is a dictionary
look-up. All that follows works on flat numpy arrays: a row costs its `split` and little more.
"""

import re
import unicodedata
from collections.abc import Sequence
from itertools import chain
from typing import Any, NamedTuple
from zlib import crc32

import numpy as np
import numpy.typing as npt

from udfs.pricing.units import UNITS

MAX_CHARS = 600  # the longest title of the training data has 851; what follows repeats itself
MAX_WORDS_A_ROW = 48  # more is a hostile or a concatenated title
MAX_TOKENS_A_WORD = 8
MAX_WORDS = 100_000  # cached; then the cache starts anew, about 60 MB
PARTS = 6  # pieces of a word that are features of their own
GRAM_CHARS = 16  # character n-grams of a word come from so many of its first characters
GRAM_SIZES = (2, 3, 4)

# Words that start so are left out: the price asked says nothing of worth.
_CURRENCY = "$£€"
_PIECE = re.compile(r'\d+(?:[.,]\d+)+[^\W_]*|[^\W_]+|["″”]')
_PLAIN_NUMBER = re.compile(r"\d{1,9}(?:\.\d{1,6})?")
_TIMES = re.compile(r"(\d{1,5})x(\d{1,5}(?:\.\d{1,3})?)([a-z]*)")
_WITH_UNIT = re.compile(r"(\d{1,7}(?:\.\d{1,4})?)([a-z]+)")
_RUN = re.compile(r"[a-z]+|\d+")
_GRAM, _GRAM_FACTOR = np.uint64(0xC2B2AE3D27D4EB4F), np.uint64(0x9E3779B185EBCA87)
_QUOTES = {"″": '"', "”": '"'}

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Hashes = npt.NDArray[np.uint64]


class Tokens(NamedTuple):
    """Words and tokens of n titles, flat and in order."""

    word_row: Ints
    """(w,) the title each word belongs to, ascending."""
    word: Hashes
    """(w,) 64-bit hash of the word, never 0."""
    gram_row: Ints
    """(g,) the title each character n-gram belongs to, ascending."""
    gram: Hashes
    """(g,) hash of each character n-gram."""
    row: Ints
    """(t,) the title each token belongs to, ascending."""
    hash: Hashes
    """(t,) 64-bit hash of the token, never 0."""
    part: Hashes
    """(t, PARTS) hashes of its pieces, 0 where there are fewer."""
    number: Floats
    """(t,) its value where it is a plain number, else NaN."""
    unit: Ints
    """(t,) index into QUANTITIES where it is a unit, else -1."""
    factor: Floats
    """(t,) factor of that unit to its base unit."""


def text_hash(text: str) -> int:
    """64-bit hash, the same in every process and on every machine; never 0."""
    mixed = (crc32(text.encode("utf-8", "replace")) + 1) * 0x9E3779B97F4A7C15 & 0xFFFFFFFFFFFFFFFF
    return mixed ^ mixed >> 31


class Column:
    """A numpy column that grows, and can be gathered."""

    def __init__(self, dtype: type, width: int = 0) -> None:
        """Empty; `width` > 0 makes each entry a row of that many values."""
        self._data: npt.NDArray[Any] = np.zeros((1024, width) if width else 1024, dtype)
        self.size = 0

    def extend(self, values: Sequence[Any] | npt.NDArray[Any]) -> None:
        """Add entries at the end."""
        end = self.size + len(values)
        while end > len(self._data):
            self._data = np.concatenate([self._data, np.zeros_like(self._data)])
        if len(values):
            self._data[self.size : end] = values
        self.size = end

    def __getitem__(self, at: Ints) -> npt.NDArray[Any]:
        """Entries at these places."""
        return np.asarray(self._data[at])


class Lists:
    """A list of values for each word, stored end to end."""

    def __init__(self, dtype: type) -> None:
        """No lists."""
        self._values, self._first, self._count = Column(dtype), Column(np.int64), Column(np.int64)

    def extend(
        self, values: Sequence[Any] | npt.NDArray[Any], counts: Sequence[int] | Ints
    ) -> None:
        """Add the lists of the next words: their values end to end, and how many each has."""
        ends = np.cumsum(counts, dtype=np.int64)
        self._first.extend(self._values.size + ends - np.asarray(counts, np.int64))
        self._count.extend(counts)
        self._values.extend(values)

    def of(self, at: Ints, row: Ints) -> tuple[npt.NDArray[Any], Ints]:
        """The lists of these words, joined, and the row each value belongs to."""
        counts = self._count[at]
        ends = np.cumsum(counts)
        total = int(ends[-1]) if len(ends) else 0
        shift = np.repeat(self._first[at] - (ends - counts), counts)
        return self._values[np.arange(total) + shift], np.repeat(row, counts)


class Words(dict[str, int]):
    """Word as written (lower case) -> its number; fills itself at first sight, bounded."""

    def __init__(self) -> None:
        """An empty cache."""
        super().__init__()
        self._reset()

    def _reset(self) -> None:
        self.clear()
        self._new: list[str] = []
        self._word_hash, self._grams, self._tokens = (
            Column(np.uint64),
            Lists(np.uint64),
            Lists(np.int64),
        )
        self._token: dict[str, int] = {}
        self._hash, self._part = Column(np.uint64), Column(np.uint64, PARTS)
        self._number, self._unit, self._factor = (
            Column(np.float64),
            Column(np.int64),
            Column(np.float64),
        )

    def tokens(self, titles: Sequence[Any]) -> Tokens:
        """Split titles (n of them; anything that is no text counts as empty)."""
        if len(self) > MAX_WORDS:
            self._reset()
        rows = [
            list(map(self.__getitem__, clean(title).split()[:MAX_WORDS_A_ROW])) for title in titles
        ]
        self._learn()
        lengths = np.fromiter(map(len, rows), np.int64, len(rows))
        words = np.fromiter(chain.from_iterable(rows), np.int64, int(lengths.sum()))
        word_row = np.repeat(np.arange(len(rows)), lengths)
        gram, gram_row = self._grams.of(words, word_row)
        token, row = self._tokens.of(words, word_row)
        return Tokens(
            word_row=word_row,
            word=self._word_hash[words],
            gram_row=gram_row,
            gram=gram,
            row=row,
            hash=self._hash[token],
            part=self._part[token],
            number=self._number[token],
            unit=self._unit[token],
            factor=self._factor[token],
        )

    def __missing__(self, word: str) -> int:
        """Number a word never seen before; `_learn` analyses it with the others of its batch."""
        self._new.append(word)
        number = self[word] = len(self)
        return number

    def _learn(self) -> None:
        """Analyse the new words of a batch."""
        if not self._new:
            return
        plain = [word.strip(",;.:()[]!|-*") for word in self._new]
        plain = ["" if word[:1] in _CURRENCY else word for word in plain]
        self._new = []
        tokens = [[self._intern(token) for token in split(word)] for word in plain]
        self._tokens.extend(list(chain.from_iterable(tokens)), [len(found) for found in tokens])
        self._word_hash.extend([text_hash(f"_{word}") for word in plain])
        self._grams.extend(*grams(plain))

    def _intern(self, token: str) -> int:
        found = self._token.get(token)
        if found is not None:
            return found
        hashes = [text_hash(part) for part in parts(token)]
        unit, factor = UNITS.get(token, (-1, 1.0))
        self._hash.extend([text_hash(token)])
        self._part.extend([hashes + [0] * (PARTS - len(hashes))])
        self._number.extend([float(token) if _PLAIN_NUMBER.fullmatch(token) else np.nan])
        self._unit.extend([unit])
        self._factor.extend([factor])
        self._token[token] = number = len(self._token)
        return number


def clean(title: object) -> str:
    """Lower case, compatibility forms folded, cut to MAX_CHARS; "" for what is no text."""
    if not isinstance(title, str):
        return ""
    text = title[:MAX_CHARS]
    if not text.isascii():
        text = unicodedata.normalize("NFKC", text)[:MAX_CHARS]
    return text.lower()


def split(word: str) -> list[str]:
    """The tokens of a word, at most MAX_TOKENS_A_WORD.

    A number and its unit are two tokens, so "16GB" and "16 GB" agree.

    >>> split("16gb"), split("2x8gb"), split("1,299"), split("gv-n570so"), split('27"')
    (['16', 'gb'], ['2', 'x', '8', 'gb'], ['1299'], ['gv', 'n570so'], ['27', '"'])
    """
    found: list[str] = []
    for piece in _PIECE.findall(word)[:MAX_TOKENS_A_WORD]:
        found += _split_number(piece)
    return found[:MAX_TOKENS_A_WORD]


def _split_number(piece: str) -> list[str]:
    if piece in _QUOTES:
        return [_QUOTES[piece]]
    if "," in piece:
        head, _, tail = piece.rpartition(",")
        is_thousands = len(tail) >= 3 and tail[:3].isdigit()
        piece = head.replace(",", "") + ("" if is_thousands else ".") + tail
    if match := _TIMES.fullmatch(piece):
        return [part for part in (match[1], "x", match[2], match[3]) if part]
    if (match := _WITH_UNIT.fullmatch(piece)) and match[2] in UNITS:
        return [match[1], match[2]]
    return [piece]


def grams(words: Sequence[str]) -> tuple[Hashes, Ints]:
    """Character n-grams of words, their ends marked.

    Args:
        words: n of them; only the first GRAM_CHARS characters count.

    Returns:
        hashes of all n-grams, word after word, and (n,) how many each word has.

    >>> grams(["usb", ""])[1]  # <u us sb b> <us usb sb> <usb usb>
    array([9, 0])
    """
    texts = [f"<{word[:GRAM_CHARS]}>" if word else "" for word in words]
    lengths = np.fromiter(map(len, texts), np.int64, len(texts))
    codes = np.frombuffer("".join(texts).encode("utf-32-le", "surrogatepass"), np.uint32)
    left = np.repeat(np.cumsum(lengths), lengths) - np.arange(len(codes))  # characters to the end
    padded = np.concatenate([codes, np.zeros(max(GRAM_SIZES), np.uint32)]).astype(np.uint64)
    hashes = np.zeros((len(codes), len(GRAM_SIZES)), np.uint64)
    rolling = np.full(len(codes), _GRAM, np.uint64)
    for size in range(1, max(GRAM_SIZES) + 1):
        rolling = (rolling ^ padded[size - 1 : size - 1 + len(codes)]) * _GRAM_FACTOR
        rolling ^= rolling >> np.uint64(29)
        if size in GRAM_SIZES:
            hashes[:, GRAM_SIZES.index(size)] = rolling
    is_inside = left[:, None] >= np.array(GRAM_SIZES)
    counts = np.bincount(
        np.repeat(np.arange(len(texts)), lengths), is_inside.sum(axis=1), minlength=len(texts)
    )
    return hashes[is_inside], counts.astype(np.int64)


def parts(token: str) -> list[str]:
    """Pieces of a token that may be known where the token is not, at most PARTS.

    Model numbers share prefixes ("ct1000mx500ssd1", "ct500mx500ssd1"), and words share stems.

    >>> parts("cmk16gx4")
    ['<cm', '<cmk', '<cmk1', '=cmk', '=16', '=gx']
    >>> parts("gb")
    []
    """
    if len(token) < 4 or _PLAIN_NUMBER.fullmatch(token):
        return []
    found = [f"<{token[:size]}" for size in (2, 3, 4)] if not token.isalpha() else []
    if token.isalpha():
        return [f"<{token[:4]}", f">{token[-4:]}"] if len(token) > 4 else []
    found += [f"={run}" for run in _RUN.findall(token)]
    return found[:PARTS]
