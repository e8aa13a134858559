"""What the tests of the command-line tools share: a topic of their own, and how to write to it."""

from collections.abc import Iterable
from uuid import uuid4

from confluent_kafka import Producer

from schemas.topics import DAY_MS, TopicSpec, create_topics
from scripts.connection import Connection


def new_topic(connection: Connection, partitions: int = 2) -> str:
    name = f"test.{uuid4().hex}"
    create_topics(connection.client(), [TopicSpec(name, DAY_MS, partitions)])
    return name


def write(
    connection: Connection,
    topic: str,
    records: Iterable[tuple[str | bytes | None, bytes | None, int]],
) -> None:
    """Write (key, value, partition) triples, in order, and wait until they are there."""
    producer = Producer(connection.client() | {"enable.idempotence": True})
    for key, value, partition in records:
        producer.produce(topic, key=key, value=value, partition=partition)
    assert producer.flush(30) == 0
