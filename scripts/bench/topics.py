"""What stands in a topic of one partition, and when the broker appended it."""

from collections.abc import Iterator, Mapping
from typing import Any

from confluent_kafka import OFFSET_INVALID, Consumer, TopicPartition

WAIT_S = 30.0


class TopicReader:
    """Reads topics of one partition from any offset, one after the other; joins no group."""

    def __init__(self, kafka: Mapping[str, Any]) -> None:
        """Connect."""
        self._consumer = Consumer(
            dict(kafka)
            | {
                "group.id": "bench-reader",
                "enable.auto.commit": False,
                "auto.offset.reset": "earliest",
            }
        )
        self._reading: object | None = None

    def close(self) -> None:
        """Disconnect."""
        self._consumer.close()

    def count(self, topic: str) -> int:
        """Records in a topic."""
        partition = TopicPartition(topic, 0)
        _, end = self._consumer.get_watermark_offsets(partition, WAIT_S, cached=False)
        return 0 if end == OFFSET_INVALID else int(end)

    def appended_s(self, topic: str, offset: int) -> float:
        """When the broker appended a record, in epoch seconds."""
        for message in self._messages(topic, offset, 1):
            return float(message.timestamp()[1]) / 1000
        message = f"{topic} has no offset {offset}"
        raise IndexError(message)

    def values(self, topic: str, count: int) -> Iterator[bytes]:
        """The first so many values."""
        for message in self._messages(topic, 0, count):
            yield message.value()

    def records(self, topic: str) -> Iterator[tuple[bytes, float]]:
        """Each value, and when the broker appended it, in epoch milliseconds."""
        for message in self._messages(topic, 0, self.count(topic)):
            yield message.value(), float(message.timestamp()[1])

    def times_ms(self, topic: str) -> Iterator[float]:
        """When the broker appended each record, in epoch milliseconds."""
        return (at_ms for _, at_ms in self.records(topic))

    def _messages(self, topic: str, offset: int, count: int) -> Iterator[Any]:
        reading = self._reading = object()
        self._consumer.assign([TopicPartition(topic, 0, offset)])
        left = min(count, self.count(topic) - offset)
        while left > 0:
            if self._reading is not reading:
                error = f"{topic}: another read of this reader has begun, {left} records left"
                raise RuntimeError(error)
            messages = self._consumer.consume(min(left, 5_000), WAIT_S)
            if not messages:
                error = f"{topic}: nothing came in {WAIT_S:g} s, {left} records left"
                raise TimeoutError(error)
            left -= len(messages)
            yield from messages
