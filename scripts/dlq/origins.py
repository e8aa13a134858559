"""Where dead letters came from: what stands there still, and whether a replay makes sense."""

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from confluent_kafka import Consumer, KafkaError, KafkaException, TopicPartition
from confluent_kafka.admin import AdminClient

from schemas.frames import BadRecordError
from scripts.connection import Connection, ToolError
from scripts.dlq.letters import Letter

REQUEST_S = 15.0
# The topic ends before the offset, as when it was made anew. The client documents both by name.
_NOT_THERE = {KafkaError._PARTITION_EOF, KafkaError._AUTO_OFFSET_RESET}  # noqa: SLF001
# The key of each topic's records, from their values.
_KEYS: Mapping[str, Callable[[Mapping[str, Any]], str]] = {
    "deals.raw": lambda value: f"{value['source']}:{value['item_id']}",
    "deals.parsed": lambda value: value["product_key"],
    "deals.products": lambda value: value["product_key"],
    "deals.evaluated": lambda value: value["product_key"],
    "deals.alerts": lambda value: value["rule_id"],
    "deals.rules": lambda value: value["rule_id"],
}


class RefusedError(Exception):
    """A letter that is not replayed; the message says why, for people."""


@dataclass(frozen=True)
class Replay:
    """A record as it goes back to its topic."""

    topic: str
    partition: int
    key: bytes | None
    value: bytes


class Origins:
    """Looks at the origin topics. Not thread-safe; `close` when done."""

    def __init__(self, connection: Connection) -> None:
        """Connect."""
        self._connection = connection
        self._consumer = Consumer(
            connection.client()
            | {
                "group.id": "deal-finder-dlq",  # demanded by the client; nothing is committed
                "enable.auto.commit": False,
                "enable.partition.eof": True,
                "isolation.level": "read_committed",
                "auto.offset.reset": "error",
                "fetch.wait.max.ms": 50,
            }
        )
        metadata = AdminClient(connection.client()).list_topics(timeout=REQUEST_S)
        self._partitions = {name: len(each.partitions) for name, each in metadata.topics.items()}
        self._firsts: dict[tuple[str, int], int] = {}

    def close(self) -> None:
        """Disconnect."""
        self._consumer.close()

    def replay_of(self, letter: Letter) -> Replay:
        """The record to send for a letter: the original bytes, key and partition.

        Raises:
            RefusedError: it would be of no use, or it cannot be known what the record was.
        """
        if letter.reason == "delivery_failed":
            message = "the notifier starts to send an alert once only: pass it on by hand"
            raise RefusedError(message)
        if letter.reason == "window_closed":
            message = "its windows have closed for good: it would come too late again"
            raise RefusedError(message)
        if letter.topic == "deals.stats":
            message = "newer figures of its window may be there: the next revision mends it"
            raise RefusedError(message)
        if letter.topic not in _KEYS:
            message = f"{letter.topic} is no topic of ours that a job reads"
            raise RefusedError(message)
        if letter.payload is None:
            message = "the record had no value: there is nothing to send"
            raise RefusedError(message)
        count = self._partitions.get(letter.topic, 0)
        if letter.partition >= count:
            message = f"there is no partition {letter.partition} of {letter.topic} any more"
            raise RefusedError(message)
        original = self._original(letter)
        if original is not None and original[1] != letter.payload:
            sizes = f"{len(letter.payload)} of {len(original[1] or b'')} bytes"
            message = f"truncated: the letter holds {sizes} of the record that is on its topic"
            raise RefusedError(message)
        value = self._read(letter, letter.payload)
        key = _KEYS[letter.topic](value).encode() if original is None else original[0]
        return Replay(letter.topic, letter.partition, key, letter.payload)

    def _read(self, letter: Letter, payload: bytes) -> dict[str, Any]:
        """The record as a job would read it now."""
        try:
            return self._connection.codec.decode(payload, topic=letter.topic)
        except BadRecordError as error:
            what = f"{error.reason}: {error.detail}" if error.detail else str(error.reason)
            is_cut = error.reason.startswith("truncated")
            advice = (
                "the bytes are incomplete, ask its producer for the record"
                if is_cut
                else "mend the cause first"
            )
            message = f"still unreadable ({what}): {advice}"
            raise RefusedError(message) from error

    def _original(self, letter: Letter) -> tuple[bytes | None, bytes | None] | None:
        """Key and value of the record at the origin; None when it is not kept any more."""
        if letter.offset < self._first(letter.topic, letter.partition):
            return None
        self._consumer.assign([TopicPartition(letter.topic, letter.partition, letter.offset)])
        until_s = time.monotonic() + REQUEST_S
        while time.monotonic() < until_s:
            message = self._consumer.poll(0.5)
            if message is None:
                continue
            error = message.error()
            if error is not None and error.code() in _NOT_THERE:
                return None
            if error is not None:
                raise KafkaException(error)
            # Compaction leaves gaps: then the next record comes instead.
            return (message.key(), message.value()) if message.offset() == letter.offset else None
        message = f"no answer from the broker for {letter.origin}"
        raise ToolError(message)

    def _first(self, topic: str, partition: int) -> int:
        place = topic, partition
        if place not in self._firsts:
            low, _ = self._consumer.get_watermark_offsets(
                TopicPartition(topic, partition), timeout=REQUEST_S
            )
            self._firsts[place] = low
        return self._firsts[place]
