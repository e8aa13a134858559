"""Which records make one message: an alert alone, or the alerts of a digest."""

from dataclasses import dataclass

from scripts.notifier.reading import Received

# So long is waited for the next alert of a digest that is due.
WAIT_S = 2.0
MAX_ALERTS = 100


@dataclass
class _Open:
    records: list[Received]
    last_at_s: float


def best_of(records: list[Received]) -> tuple[list[Received], list[Received]]:
    """Put the alerts of a digest in their order.

    Each was ranked among those before it, so it goes in at its place and moves the others down; a
    product told again in the same digest replaces what was said of it before.

    Args:
        records: Alerts of one digest in the order of arrival, each alert_id once.

    Returns:
        Those that the digest tells, the best first, and those that better ones have pushed out.
    """
    best: list[Received] = []
    outranked: list[Received] = []
    for record in records:
        alert = record.alert or {}
        again = [each for each in best if _product(each) == alert.get("product_key")]
        outranked += again
        best = [each for each in best if each not in again]
        rank = alert.get("digest_rank")
        best.insert(len(best) if rank is None else max(0, rank - 1), record)
        size = alert.get("digest_size") or len(best)
        outranked += best[size:]
        best = best[:size]
    return best, outranked


def _product(record: Received) -> str | None:
    return record.alert["product_key"] if record.alert else None


class Grouping:
    """Keeps open digests, each until nothing was added to it for a while."""

    def __init__(self, wait_s: float = WAIT_S) -> None:
        """Begin with nothing open."""
        self._wait_s = wait_s
        self._open: dict[tuple[int, str], _Open] = {}

    def add(self, record: Received, now_s: float) -> list[list[Received]]:
        """Take a record; returns what is complete now, in order."""
        if record.digest_id is None:
            return [[record]]
        key = (record.partition, record.digest_id)
        before = self._open.get(key)
        if before is not None and len(before.records) < MAX_ALERTS:
            before.records.append(record)
            before.last_at_s = now_s
            return []
        self._open[key] = _Open([record], now_s)
        return [before.records] if before else []

    def due(self, now_s: float) -> list[list[Received]]:
        """The digests to which nothing was added for a while."""
        late = [key for key, each in self._open.items() if now_s - each.last_at_s >= self._wait_s]
        return [self._open.pop(key).records for key in late]

    def forget(self, partition: int) -> None:
        """Drop the open digests of a partition: whoever reads it now sends them."""
        self._open = {key: each for key, each in self._open.items() if key[0] != partition}

    def __bool__(self) -> bool:
        """Whether a digest is open."""
        return bool(self._open)
