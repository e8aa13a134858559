"""Compacted topics, as tools write and read them: the latest record of each key counts."""

from collections.abc import Mapping
from typing import Any

from confluent_kafka import KafkaError, Message, Producer

from scripts.connection import Connection, ToolError
from scripts.tail import read_topic

DELIVERY_S = 30.0


def publish(connection: Connection, topic: str, values: Mapping[str, bytes | None]) -> None:
    """Write records by their keys, None removes one; returns when the broker has them all.

    Raises:
        ToolError: the broker did not take each of them within DELIVERY_S.
    """
    failures: list[str] = []

    def on_delivery(error: KafkaError | None, message: Message) -> None:
        if error is not None:
            failures.append(f"{(message.key() or b'?').decode()}: {error.str()}")

    settings = {
        "enable.idempotence": True,
        "acks": "all",
        "delivery.timeout.ms": int(DELIVERY_S * 1000),
    }
    producer = Producer(connection.client() | settings)
    for key, value in values.items():
        producer.produce(topic, key=key.encode(), value=value, on_delivery=on_delivery)
    if producer.flush(DELIVERY_S + 5) or failures:
        message = "; ".join(failures) or f"no answer from the broker after {DELIVERY_S:g} s"
        raise ToolError(message)


def stored(connection: Connection, topic: str) -> dict[str, dict[str, Any] | None]:
    """The latest value of each key; None: it was removed.

    A record that cannot be decoded changes nothing, as in the jobs.
    """
    found: dict[str, dict[str, Any] | None] = {}
    for record in read_topic(connection, topic, from_beginning=True, until_end=True):
        if record.reason is None and record.key_text is not None:
            found[record.key_text] = record.value
    return found


def current(connection: Connection, topic: str) -> dict[str, dict[str, Any]]:
    """The values in force by key."""
    return {key: each for key, each in stored(connection, topic).items() if each is not None}
