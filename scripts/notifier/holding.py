"""Alerts that are to be told later: at the end of a digest's period, or of quiet hours."""

import heapq
from collections import deque
from collections.abc import Iterable
from itertools import count

from scripts.notifier.reading import Received
from udfs.alerting.policy import due_ms


class Holding:
    """Keeps alerts until they may be told.

    Quiet hours count when an alert is told, not only when its deal was seen: one that comes late,
    in the middle of the night, waits for the morning.
    """

    def __init__(self) -> None:
        """Begin with nothing held."""
        self._held: list[tuple[int, str, int, Received]] = []
        self._numbers = count()

    def add(self, record: Received, now_ms: int) -> list[Received]:
        """Take a record; it comes back at once if it may be told now."""
        at_ms = _due_ms(record, now_ms)
        if at_ms <= now_ms:
            return [record]
        # The alerts of a digest come out together, each digest's in the order of arrival.
        entry = (at_ms, record.digest_id or "", next(self._numbers), record)
        heapq.heappush(self._held, entry)
        return []

    def due(self, now_ms: int) -> list[Received]:
        """The alerts that may be told by now, in the order of their times."""
        found: list[Received] = []
        while self._held and self._held[0][0] <= now_ms:
            # A notifier that was away wakes up in the next quiet hours, perhaps.
            found += self.add(heapq.heappop(self._held)[3], now_ms)
        return found

    def forget(self, partition: int) -> None:
        """Drop the alerts of a partition: whoever reads it now tells them."""
        self._held = [each for each in self._held if each[3].partition != partition]
        heapq.heapify(self._held)

    def __len__(self) -> int:
        """How many are held."""
        return len(self._held)


class Unsettled:
    """Which records are not done yet: a partition is settled up to the first of them.

    So an alert that is held is read again after a restart, and those told meanwhile are known by
    their claims.
    """

    def __init__(self) -> None:
        """Begin with nothing read."""
        self._open: dict[int, deque[Received]] = {}
        self._done: dict[int, set[int]] = {}

    def began(self, record: Received) -> None:
        """A record was read."""
        self._open.setdefault(record.partition, deque()).append(record)

    def done(self, records: Iterable[Received]) -> list[Received]:
        """These are done; returns those that nothing before them keeps open."""
        settled = []
        for record in records:
            self._done.setdefault(record.partition, set()).add(record.offset)
        for partition, waiting in self._open.items():
            offsets = self._done.get(partition, set())
            while waiting and waiting[0].offset in offsets:
                offsets.discard(waiting[0].offset)
                settled.append(waiting.popleft())
        return settled

    def forget(self, partition: int) -> None:
        """The partition is another's now."""
        self._open.pop(partition, None)
        self._done.pop(partition, None)


def _due_ms(record: Received, now_ms: int) -> int:
    if record.alert is None:
        return now_ms
    tell_at, quiet_hours = record.alert.get("tell_at"), record.alert.get("quiet_hours")
    try:
        return due_ms(now_ms, tell_at, quiet_hours)
    except ValueError:  # hours that no job of ours writes
        return max(now_ms, tell_at or 0)
