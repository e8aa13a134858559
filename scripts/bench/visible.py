"""When records that were sent at a steady rate became visible downstream."""

import threading
import time
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from confluent_kafka import OFFSET_BEGINNING, Consumer, Producer, TopicPartition
from opensearchpy import OpenSearch, OpenSearchException

from schemas.codec import Codec
from scripts.connection import Connection

SAMPLES_PER_S = 5
POLL_S = 0.05
EVALUATED, ALERTS, SEARCHABLE = "deals.evaluated", "deals.alerts", "searchable"


class Feeder:
    """Sends feed items to deals.raw at a steady rate."""

    def __init__(self, connection: Connection, values: Sequence[bytes], name: str) -> None:
        """Take what is sent, encoded already; item POSITION has the item_id NAME-POSITION."""
        self._producer = Producer(connection.client() | {"linger.ms": 1})
        self._values, self._name = values, name
        self.sent_at_s: dict[str, float] = {}
        self.seconds = 0.0

    def run(self, rate_per_s: int, measured_from: int, searching: "Searching") -> None:
        """Send; some of those from `measured_from` on are searched for."""
        step = max(1, rate_per_s // SAMPLES_PER_S)
        began_s, sent = time.monotonic(), 0
        while sent < len(self._values):
            due = min(len(self._values), int((time.monotonic() - began_s) * rate_per_s) + 1)
            for position in range(sent, due):
                item_id = f"{self._name}-{position}"
                self.sent_at_s[item_id] = time.time()
                self._producer.produce("deals.raw", self._values[position], item_id)
                if position >= measured_from and position % step == 0:
                    searching.expect(item_id)
            sent = max(sent, due)
            self._producer.poll(0)
            time.sleep(0.002)
        self.seconds = time.monotonic() - began_s
        self._producer.flush()


class Watching(threading.Thread):
    """Reads topics of one partition as a consumer that sees committed records only."""

    def __init__(self, connection: Connection, topics: Iterable[str]) -> None:
        """Connect."""
        super().__init__(daemon=True)
        self._consumer = Consumer(
            connection.client()
            | {
                "group.id": "bench-watching",
                "enable.auto.commit": False,
                "isolation.level": "read_committed",
                "fetch.wait.max.ms": 10,
            }
        )
        self._consumer.assign([TopicPartition(topic, 0, OFFSET_BEGINNING) for topic in topics])
        self._halt = threading.Event()
        self.seen: list[tuple[str, bytes, float]] = []
        self.counts: dict[str, int] = {}

    def run(self) -> None:
        """Read; each record with the moment when it was there."""
        while not self._halt.is_set():
            messages = self._consumer.consume(500, 0.01)
            now_s = time.time()
            for message in messages:
                if message.error() is None:
                    topic = message.topic()
                    self.seen.append((topic, message.value(), now_s))
                    self.counts[topic] = self.counts.get(topic, 0) + 1

    def stop(self) -> None:
        """Disconnect."""
        self._halt.set()
        self.join()
        self._consumer.close()


class Searching(threading.Thread):
    """Searches for items until each has been found."""

    def __init__(self, url: str) -> None:
        """Connect."""
        super().__init__(daemon=True)
        self._client = OpenSearch(url)
        self._lock = threading.Lock()
        self._pending: set[str] = set()
        self._halt = threading.Event()
        self.found_at_s: dict[str, float] = {}

    def expect(self, item_id: str) -> None:
        """Search for this one too."""
        with self._lock:
            self._pending.add(item_id)

    def await_all(self, patience_s: float) -> int:
        """Wait until all is found, or for so long; how many were not."""
        until_s = time.monotonic() + patience_s
        while self._pending and time.monotonic() < until_s:
            time.sleep(POLL_S)
        with self._lock:
            left = len(self._pending)
            self._pending.clear()
        return left

    def stop(self) -> None:
        """Disconnect."""
        self._halt.set()
        self.join()
        self._client.close()

    def run(self) -> None:
        """Search."""
        while not self._halt.wait(POLL_S):
            with self._lock:
                wanted = list(self._pending)
            if not wanted:
                continue
            query = {"terms": {"item_id": wanted[:1_000]}}
            try:
                answer = self._client.search(
                    index="deals",
                    body={"query": query, "_source": ["item_id"], "size": 1_000},
                )
            except OpenSearchException:
                continue  # the index is made by the first document
            now_s = time.time()
            hits = {hit["_source"]["item_id"] for hit in answer["hits"]["hits"]}
            with self._lock:
                self._pending -= hits
            self.found_at_s |= {hit: now_s for hit in hits if hit not in self.found_at_s}


def waits_ms(
    codec: Codec,
    sent_at_s: Mapping[str, float],
    seen: Iterable[tuple[str, bytes, float]],
    found_at_s: Mapping[str, float],
) -> dict[str, list[float]]:
    """Milliseconds from produced to visible, by what was waited for.

    Args:
        codec: Of the topics.
        sent_at_s: When each measured item was sent, by item_id.
        seen: Topic, value and time of what was read, the evaluation of a deal before its alert.
        found_at_s: When a search first found an item.
    """
    waits: dict[str, list[float]] = {EVALUATED: [], ALERTS: [], SEARCHABLE: []}
    item_of: dict[str, str] = {}
    told: set[tuple[str, str]] = set()
    # The two topics are read at once: an alert may be in hand before its evaluation.
    for topic, value, at_s in sorted(seen, key=lambda each: each[0] != EVALUATED):
        record: dict[str, Any] = codec.decode(value, topic=topic)
        if topic == EVALUATED:
            item_of[record["deal_id"]] = record["item_id"]
        item_id = item_of.get(record["deal_id"])
        # What comes again after a restart was visible before.
        if item_id in sent_at_s and (topic, item_id) not in told:
            told.add((topic, item_id))
            waits[topic].append((at_s - sent_at_s[item_id]) * 1000)
    waits[SEARCHABLE] = [
        (at_s - sent_at_s[item_id]) * 1000
        for item_id, at_s in found_at_s.items()
        if item_id in sent_at_s
    ]
    return waits
