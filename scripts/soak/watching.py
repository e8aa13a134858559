"""What is looked at while the stream runs: memory by kind of process, and the lag."""

import threading
from dataclasses import dataclass
from typing import Any

from local.flink_rest import ask
from scripts.bench.metering import Meter
from scripts.bench.topics import TopicReader
from scripts.connection import Connection

INTERVAL_S = 1.0


@dataclass(frozen=True)
class Look:
    """One look.

    Attributes:
        at_s: Epoch seconds.
        rss_bytes: By kind of process.
        heap_bytes: Used of the JVM's heap; None if Flink did not say.
        lag: Items that are neither evaluated nor dead letters yet.
        cpu_s: By kind of process, since each began.
    """

    at_s: float
    rss_bytes: dict[str, int]
    heap_bytes: int | None
    lag: int
    cpu_s: dict[str, float]


class Watcher(threading.Thread):
    """Looks once a second until told to stop."""

    def __init__(self, root_pid: int, web_url: str, connection: Connection) -> None:
        """Connect; `start` begins."""
        super().__init__(daemon=True)
        self._meter = Meter(root_pid)
        self._web_url = web_url
        self._reader = TopicReader(connection.kafka)
        self._halt = threading.Event()
        self.looks: list[Look] = []
        self.failure: Exception | None = None

    def run(self) -> None:
        """Look."""
        try:
            while not self._halt.wait(INTERVAL_S):
                self.look()
        except Exception as error:  # a thread's: `stop` and `is_behind` raise it
            self.failure = error

    def stop(self) -> None:
        """End the looking.

        Raises:
            Exception: what ended it before.
        """
        self._halt.set()
        self.join()
        self._reader.close()
        if self.failure is not None:
            raise self.failure

    def look(self) -> None:
        """Look once."""
        self._meter.sample()
        sample = self._meter.samples.pop()
        done = self._reader.count("deals.evaluated") + self._reader.count("deals.dlq")
        lag = max(0, self._reader.count("deals.raw") - done)
        self.looks.append(
            Look(sample.at_s, sample.rss_bytes_by_kind, self._heap_bytes(), lag, sample.cpu_s)
        )

    def is_behind(self, most: int) -> bool:
        """Whether more items than that were behind at the last look.

        Raises:
            Exception: what ended the looking.
        """
        if self.failure is not None:
            raise self.failure
        return not self.looks or self.looks[-1].lag > most

    def _heap_bytes(self) -> int | None:
        try:
            (manager,) = self._get("/taskmanagers")["taskmanagers"]
            name = "Status.JVM.Memory.Heap.Used"
            (metric,) = self._get(f"/taskmanagers/{manager['id']}/metrics?get={name}")
            return int(metric["value"])
        except (OSError, ValueError, KeyError):
            return None

    def _get(self, path: str) -> Any:
        return ask(self._web_url + path, timeout_s=3)
