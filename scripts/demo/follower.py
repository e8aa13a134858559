"""Follows the topics that a person wants to see, in the background."""

import threading
from collections import Counter, deque
from collections.abc import Callable, Mapping
from typing import Any

from confluent_kafka import Consumer, TopicPartition

from scripts.demo.windows import newest_with_best

SHOWN = ("deals.evaluated", "deals.stats", "deals.alerts", "deals.dlq")
KEPT = 50
POLL_S = 0.2
OFFSET_BEGINNING = -2


class Follower:
    """The newest verdicts, alerts and best deals, and the dead letters of each reason."""

    def __init__(self, kafka: Mapping[str, str], decode: Callable[[bytes], dict[str, Any]]) -> None:
        """Prepare; nothing is read before `start`.

        Args:
            kafka: Client settings.
            decode: Record value to record.
        """
        self._consumer = Consumer(
            dict(kafka)
            | {"group.id": "demo", "enable.auto.commit": False}
            | {"isolation.level": "read_committed"}
        )
        self._decode = decode
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._follow, name="follower", daemon=True)
        self.verdicts: deque[dict[str, Any]] = deque(maxlen=KEPT)
        self.window: dict[str, Any] | None = None
        self.alerts: deque[dict[str, Any]] = deque(maxlen=KEPT)
        self.dead_letters: Counter[str] = Counter()

    def start(self) -> None:
        """Read from the beginning and go on until `close`."""
        self._consumer.assign(
            [
                TopicPartition(topic, partition, OFFSET_BEGINNING)
                for topic in SHOWN
                for partition in self._consumer.list_topics(topic, timeout=10)
                .topics[topic]
                .partitions
            ]
        )
        self._thread.start()

    def close(self) -> None:
        """Stop reading and disconnect."""
        self._stopping.set()
        if self._thread.is_alive():
            self._thread.join(timeout=5)
        self._consumer.close()

    def _follow(self) -> None:
        while not self._stopping.is_set():
            message = self._consumer.poll(POLL_S)
            if message is None or message.error() or not message.value():
                continue
            record = self._decode(message.value())
            match message.topic():
                case "deals.evaluated":
                    self.verdicts.appendleft(record)
                case "deals.stats":
                    shown = [record] if self.window is None else [record, self.window]
                    self.window = newest_with_best(shown) or self.window
                case "deals.alerts":
                    self.alerts.appendleft(record)
                case "deals.dlq":
                    self.dead_letters[record["reason"]] += 1
