"""Postings: for each key a list of numbers, in two flat arrays, read for many keys at once."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Ints = NDArray[np.int64]

# Pairs looked at in one go: some tens of MB, whatever the rules and the batch.
CHUNK = 1 << 20


def spans(starts: Ints, counts: Ints) -> Ints:
    """Write out the ranges start, start + 1, ... of `counts` numbers each, one after the other.

    >>> spans(np.array([5, 0]), np.array([2, 3])).tolist()
    [5, 6, 0, 1, 2]
    """
    ends = np.cumsum(counts)
    total = int(ends[-1]) if len(ends) else 0
    written: Ints = np.arange(total) + np.repeat(starts - (ends - counts), counts)
    return written


def bounded(counts: Ints, limit: int = CHUNK) -> Iterator[slice]:
    """Cut positions into slices whose counts sum to at most `limit`, or of a single position."""
    ends = np.cumsum(counts)
    start = 0
    while start < len(counts):
        done = int(ends[start - 1]) if start else 0
        stop = max(start + 1, int(np.searchsorted(ends, done + limit, side="right")))
        yield slice(start, stop)
        start = stop


@dataclass(frozen=True)
class Postings:
    """The lists of keys 0..n-1.

    Attributes:
        offsets: (n + 1,), the list of key k is `members[offsets[k] : offsets[k + 1]]`.
        members: All lists, one after the other.
    """

    offsets: Ints
    members: Ints

    @classmethod
    def of(cls, lists: Iterable[Sequence[int]]) -> "Postings":
        """Build from one list a key, in the order of the keys."""
        parts = [np.asarray(part, dtype=np.int64) for part in lists]
        counts = np.array([len(part) for part in parts], dtype=np.int64)
        members = np.concatenate(parts) if parts else np.zeros(0, dtype=np.int64)
        return cls(np.concatenate([np.zeros(1, dtype=np.int64), np.cumsum(counts)]), members)

    def counts(self, keys: Ints) -> Ints:
        """Give the length of each key's list."""
        counts: Ints = self.offsets[keys + 1] - self.offsets[keys]
        return counts

    def read(self, keys: Ints) -> tuple[Ints, Ints]:
        """Read the lists of many keys.

        Returns:
            Positions in `keys`, repeated for each member, and the members.
        """
        counts = self.counts(keys)
        positions = np.repeat(np.arange(len(keys)), counts)
        return positions, self.members[spans(self.offsets[keys], counts)]


def contains(ordered: Ints, keys: Ints) -> NDArray[np.bool_]:
    """Ask for each key whether it is among the ascending `ordered`."""
    if not len(ordered):
        return np.zeros(len(keys), dtype=np.bool_)
    found = np.minimum(np.searchsorted(ordered, keys), len(ordered) - 1)
    return np.asarray(ordered[found] == keys)
