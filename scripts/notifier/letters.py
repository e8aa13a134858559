"""Dead letters of the notifier: alerts that were not delivered, records that are no alerts."""

from typing import Protocol

from confluent_kafka import KafkaError, Message, Producer

from schemas.topics import MAX_DEAD_LETTER_BYTES
from scripts.connection import Connection, ToolError
from scripts.notifier.claims import now_ms
from scripts.notifier.reading import Received
from udfs.version import CODE_VERSION

TOPIC = "deals.dlq"
STAGE = "notify"
DELIVERY_FAILED = "delivery_failed"
ACKNOWLEDGED_S = 30.0


class Letters(Protocol):
    """Takes what could not be used or delivered."""

    def put(self, record: Received, reason: str, detail: str) -> None:
        """Put a record aside; it is safe when this returns.

        Args:
            record: as it came.
            reason: a symbol of DeadLetter.Reason.
            detail: for people, without secrets.
        """


class NoLetters:
    """Of a dry run: writes nothing."""

    def put(self, record: Received, reason: str, detail: str) -> None:
        """Write nothing."""


class KafkaLetters:
    """Writes to deals.dlq."""

    def __init__(self, connection: Connection, topic: str = TOPIC) -> None:
        """Connect."""
        self._encode = connection.codec.encode
        self._topic = topic
        self._producer = Producer(
            connection.client()
            | {
                "client.id": "deal-finder-notify",
                "enable.idempotence": True,
                "acks": "all",
                "compression.type": "lz4",
                "message.max.bytes": MAX_DEAD_LETTER_BYTES,
                "delivery.timeout.ms": int(ACKNOWLEDGED_S * 1000),
            }
        )

    def put(self, record: Received, reason: str, detail: str) -> None:
        """Write a dead letter and wait for the broker.

        Raises:
            ToolError: the broker did not take it.
        """
        failures: list[str] = []

        def on_delivery(error: KafkaError | None, _: Message) -> None:
            if error is not None:
                failures.append(error.str())

        letter = {
            "stage": STAGE,
            "reason": reason,
            "detail": detail,
            "topic": record.topic,
            "partition": record.partition,
            "offset": record.offset,
            "payload": record.payload,
            "at": now_ms(),
            "code_version": CODE_VERSION,
        }
        value = self._encode(TOPIC, letter)
        key = record.origin.encode()
        self._producer.produce(self._topic, key=key, value=value, on_delivery=on_delivery)
        if self._producer.flush(ACKNOWLEDGED_S + 5) or failures:
            why = failures[0] if failures else "no answer"
            message = f"the dead letter of {record.origin} was not written: {why}"
            raise ToolError(message)
