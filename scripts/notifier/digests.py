"""Which records make one message: an alert alone, or the alerts of a digest that follow it."""

from dataclasses import dataclass

from scripts.notifier.reading import Received

# The alerts of a digest are written together; so long is waited for the next of them.
WAIT_S = 2.0
MAX_ALERTS = 100


@dataclass
class _Open:
    records: list[Received]
    last_at_s: float


class Grouping:
    """Keeps each partition's open digest, until another record or a pause closes it."""

    def __init__(self, wait_s: float = WAIT_S) -> None:
        """Begin with nothing open."""
        self._wait_s = wait_s
        self._open: dict[int, _Open] = {}

    def add(self, record: Received, now_s: float) -> list[list[Received]]:
        """Take a record; returns what is complete now, in order."""
        complete = []
        before = self._open.get(record.partition)
        if before is not None:
            is_full = len(before.records) >= MAX_ALERTS
            if before.records[0].digest_id == record.digest_id and not is_full:
                before.records.append(record)
                before.last_at_s = now_s
                return []
            complete.append(self._open.pop(record.partition).records)
        if record.digest_id is None:
            complete.append([record])
        else:
            self._open[record.partition] = _Open([record], now_s)
        return complete

    def due(self, now_s: float) -> list[list[Received]]:
        """The digests to which nothing was added for a while."""
        late = [
            number for number, each in self._open.items() if now_s - each.last_at_s >= self._wait_s
        ]
        return [self._open.pop(number).records for number in late]

    def forget(self, partition: int) -> None:
        """Drop an open digest: whoever reads the partition now sends it."""
        self._open.pop(partition, None)

    def __bool__(self) -> bool:
        """Whether a digest is open."""
        return bool(self._open)
