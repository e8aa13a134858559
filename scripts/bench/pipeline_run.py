"""One run of jobs over a backlog of feed items, and what it took."""

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field

from confluent_kafka import Consumer, Producer, TopicPartition
from opensearchpy import OpenSearch, OpenSearchException

from local.application import Application
from scripts.bench.metering import Meter
from scripts.bench.whole import Whole, items

STEADY_FROM = 0.2
EVERY_S, SILENT_S = 0.25, 90.0
# Of alerts nobody knows how many there will be: all are out when none came for so long.
QUIET_S = 12.0
TOPICS = {
    "parse_deals": "deals.parsed",
    "evaluate_deals": "deals.evaluated",
    "alert_deals": "deals.alerts",
}
WAIT_S = 30.0


@dataclass(frozen=True)
class Run:
    """What a run took.

    Attributes:
        stage: The job, or all of them.
        parallelism: Of every task.
        items: Feed items of the backlog.
        per_s: Items a second, from a fifth of the output on.
        cpu_us: CPU of the application for an item, by kind of process, meanwhile.
        per_core_s: Items a CPU second of the application.
        first_output_s: From the start of the process to the first output.
        peak_rss_bytes: Of the application.
    """

    stage: str
    parallelism: int
    items: int
    per_s: float
    cpu_us: dict[str, float]
    per_core_s: float
    first_output_s: float
    peak_rss_bytes: int


class Outputs:
    """How much has come out, of each job."""

    def __init__(self, whole: Whole) -> None:
        """Connect."""
        self._consumer = Consumer(dict(whole.connection.kafka) | {"group.id": "bench-outputs"})
        self._search = OpenSearch(whole.stack.endpoints().opensearch_url)

    def close(self) -> None:
        """Disconnect."""
        self._consumer.close()
        self._search.close()

    def of(self, stage: str) -> int:
        """Records or documents that a job has put out; documents, which come last, of all jobs."""
        if stage in TOPICS:
            return self._records(TOPICS[stage])
        return self._documents()

    def _records(self, topic: str) -> int:
        partitions = self._consumer.list_topics(topic, WAIT_S).topics[topic].partitions
        ends = (
            self._consumer.get_watermark_offsets(TopicPartition(topic, each), WAIT_S, cached=False)
            for each in partitions
        )
        return sum(max(0, end) for _, end in ends)

    def _documents(self) -> int:
        try:
            return int(self._search.count(index="deals")["count"])
        except OpenSearchException:
            return 0  # the index is made by the first document


def backlog(whole: Whole, count: int, new_ratio: float) -> None:
    """Put feed items on deals.raw."""
    producer = Producer(
        whole.connection.client() | {"linger.ms": 50, "queue.buffering.max.messages": 200_000}
    )
    values = items(whole.connection.codec, count, "item", new_ratio=new_ratio)
    for position, value in enumerate(values):
        producer.produce("deals.raw", value, f"item-{position}")
        if position % 10_000 == 0:
            producer.flush()
    producer.flush()


@dataclass
class Progress(threading.Thread):
    """Looks how much has come out, until told to stop."""

    count: Callable[[], int]
    seen: list[tuple[float, int]] = field(default_factory=list)

    def __post_init__(self) -> None:
        """Make the thread; `start` starts it."""
        super().__init__(daemon=True)
        self._halt = threading.Event()

    def __hash__(self) -> int:
        """By identity: threads are kept in sets."""
        return id(self)

    def run(self) -> None:
        """Look."""
        while not self._halt.wait(EVERY_S):
            self.seen.append((time.time(), self.count()))

    def stop(self) -> None:
        """End."""
        self._halt.set()
        self.join()

    def reached_s(self, count: float) -> float:
        """When so many were out, in epoch seconds."""
        return next(at_s for at_s, seen in self.seen if seen >= count)


def measure(
    application: Application, outputs: Outputs, stage: str, parallelism: int, item_count: int
) -> Run:
    """Run jobs until all that they put out is there.

    Raises:
        local.application.ApplicationError: they failed.
        TimeoutError: nothing more came out for SILENT_S.
    """
    began_s = time.time()
    application.launch()
    progress = Progress(lambda: outputs.of(stage))
    meter = Meter(application.pid or 0)
    progress.start()
    meter.start()
    try:
        _await_all(application, progress, None if stage == "alert_deals" else item_count)
    finally:
        meter.stop()
        progress.stop()
        application.stop()
    total = progress.seen[-1][1]
    from_s, to_s = progress.reached_s(total * STEADY_FROM), progress.reached_s(total)
    done = item_count * (1 - STEADY_FROM)
    before, after = meter.cpu_s(from_s), meter.cpu_s(to_s)
    spent_s = {kind: after[kind] - before.get(kind, 0.0) for kind in after}
    return Run(
        stage=stage,
        parallelism=parallelism,
        items=item_count,
        per_s=done / max(to_s - from_s, 1e-3),
        cpu_us={kind: spent * 1e6 / done for kind, spent in spent_s.items()},
        per_core_s=done / max(sum(spent_s.values()), 1e-3),
        first_output_s=progress.reached_s(1) - began_s,
        peak_rss_bytes=meter.peak_rss_bytes,
    )


def _await_all(application: Application, progress: Progress, expected: int | None) -> None:
    known, since_s = 0, time.monotonic()
    while True:
        time.sleep(EVERY_S)
        application.check()
        count = progress.seen[-1][1] if progress.seen else 0
        if expected is not None and count >= expected:
            return
        silent_s = time.monotonic() - since_s
        if count > known:
            known, since_s = count, time.monotonic()
        elif expected is None and known and silent_s > QUIET_S:
            return
        elif silent_s > SILENT_S:
            message = f"no output for {SILENT_S:g} s after {known}; {application.log}"
            raise TimeoutError(message)
