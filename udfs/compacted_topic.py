"""A compacted topic that tasks follow beside their stream: rules, links of products."""

import logging
import time
from collections.abc import Iterable, Mapping
from typing import Any

from confluent_kafka import OFFSET_BEGINNING, Consumer, KafkaError, KafkaException, TopicPartition

logger = logging.getLogger(__name__)

# A poll returns at most this many records, so that a large topic is read in steps.
MAX_RECORDS = 1_000

# The client itself reconnects after these.
TRANSIENT = ("_TRANSPORT", "_ALL_BROKERS_DOWN", "_TIMED_OUT", "_RESOLVE")


class CompactedTopic:
    """Reads all partitions of a compacted topic from the beginning, then follows them.

    It joins no group and commits nothing; every task reads the whole topic. Partitions added later
    are seen after a restart: a compacted topic keeps its number of partitions, or its keys move.
    """

    def __init__(self, kafka: Mapping[str, Any], topic: str, *, timeout_s: float = 10.0) -> None:
        """Connect and find the partitions.

        Args:
            kafka: librdkafka properties, at least bootstrap.servers.
            topic: The compacted topic.
            timeout_s: For the broker to answer.

        Raises:
            KafkaException: no broker answers, or there is no such topic.
        """
        self._consumer = Consumer(
            dict(kafka)
            | {
                "group.id": "deal-finder.unused",  # librdkafka demands one; never joined
                "enable.auto.commit": False,
                "enable.partition.eof": True,
                "isolation.level": "read_committed",
                "auto.offset.reset": "earliest",
                "allow.auto.create.topics": False,
                "error_cb": _log,
            }
        )
        try:
            partitions = self._partitions(topic, timeout_s)
            self._consumer.assign([TopicPartition(topic, n, OFFSET_BEGINNING) for n in partitions])
        except BaseException:
            self._consumer.close()
            raise
        self._unread = set(partitions)
        self._topic = topic

    def __str__(self) -> str:
        """Name the topic, for messages."""
        return f"topic {self._topic}"

    def poll(self, timeout_s: float) -> Iterable[tuple[str, bytes | None]]:
        """Wait for records; returns early when some were read or the end was reached.

        Raises:
            KafkaException: the topic cannot be read any more; a broker that is away is waited for.
        """
        deadline = time.monotonic() + timeout_s
        records: list[tuple[str, bytes | None]] = []
        while not records and (left := deadline - time.monotonic()) > 0:
            was_at_end = self.is_at_end()
            # One blocking step, then what is already here: consume(n, t) alone waits for n.
            first = self._consumer.poll(left)
            if first is None:  # not `not first`: a tombstone has length 0 and would count as none
                break
            for message in (first, *self._consumer.consume(MAX_RECORDS, 0)):
                error = message.error()
                if error is None:
                    key = (message.key() or b"").decode("utf-8", "replace")
                    records.append((key, message.value()))
                elif error.name() == "_PARTITION_EOF":
                    self._unread.discard(message.partition())
                elif not (error.retriable() or error.name() in TRANSIENT):
                    raise KafkaException(error)
                else:
                    _log(error)
            if self.is_at_end() and not was_at_end:
                break
        return records

    def is_at_end(self) -> bool:
        """Tell whether every partition's end was reached once.

        The broker says so itself: offsets cannot tell, for compaction and transactions leave gaps.
        """
        return not self._unread

    def close(self) -> None:
        """Close the consumer."""
        self._consumer.close()

    def _partitions(self, topic: str, timeout_s: float) -> list[int]:
        found = self._consumer.list_topics(topic, timeout_s).topics[topic]
        if found.error is not None:
            raise KafkaException(found.error)
        return sorted(found.partitions)


def _log(error: KafkaError) -> None:
    # librdkafka reconnects by itself; the topic goes on where it was.
    logger.warning("kafka: code=%s error=%s", error.name(), error.str())
