"""Against librdkafka's own mock broker, in this process: no JVM."""

import threading
import time
from collections.abc import Iterator

import pytest
from confluent_kafka import KafkaException, Producer

from udfs.compacted_topic import CompactedTopic

DEADLINE_S = 20.0


@pytest.fixture(scope="module")
def producer() -> Iterator[Producer]:
    producer = Producer(
        {"test.mock.num.brokers": 1, "bootstrap.servers": "ignored", "log_level": 0}
    )
    yield producer
    producer.flush(DEADLINE_S)


@pytest.fixture(scope="module")
def kafka(producer) -> dict[str, str]:
    broker = next(iter(producer.list_topics(timeout=DEADLINE_S).brokers.values()))
    return {"bootstrap.servers": f"{broker.host}:{broker.port}"}


def write(producer: Producer, topic: str, **values: bytes | None) -> None:
    for key, value in values.items():
        producer.produce(topic, key=key, value=value)
    assert producer.flush(DEADLINE_S) == 0


def read(source: CompactedTopic, count: int) -> dict[str, bytes | None]:
    """Poll until so many records have come and the end was reached."""
    until = time.monotonic() + DEADLINE_S
    found: list[tuple[str, bytes | None]] = []
    while len(found) < count or not source.is_at_end():
        assert time.monotonic() < until, found
        found += source.poll(0.2)
    return dict(found)


def test_the_topic_is_read_from_its_beginning_and_then_followed(producer, kafka):
    write(producer, "rules-1", **{f"r{n}": str(n).encode() for n in range(50)})
    source = CompactedTopic(kafka, "rules-1")
    try:
        assert not source.is_at_end()
        assert read(source, 50) == {f"r{n}": str(n).encode() for n in range(50)}
        write(producer, "rules-1", r1=None, new=b"new")
        assert read(source, 2) == {"r1": None, "new": b"new"}
    finally:
        source.close()


def test_every_reader_reads_everything(producer, kafka):
    write(producer, "rules-2", a=b"1")
    sources = [CompactedTopic(kafka, "rules-2") for _ in range(2)]
    for source in sources:
        assert read(source, 1) == {"a": b"1"}
        source.close()


def test_the_end_of_the_topic_ends_a_poll_early(producer, kafka):
    write(producer, "rules-3", a=b"1")
    source = CompactedTopic(kafka, "rules-3")
    read(source, 1)
    started = time.monotonic()
    assert list(source.poll(0.1)) == []
    assert 0.05 < time.monotonic() - started < DEADLINE_S
    source.close()


def test_a_poll_can_run_in_another_thread(producer, kafka):
    write(producer, "rules-4", a=b"1")
    source = CompactedTopic(kafka, "rules-4")
    found: dict[str, bytes | None] = {}
    thread = threading.Thread(target=lambda: found.update(read(source, 1)))
    thread.start()
    thread.join(DEADLINE_S)
    assert found == {"a": b"1"}
    source.close()


def test_a_broker_that_does_not_answer_is_an_error_at_once():
    with pytest.raises(KafkaException):
        CompactedTopic({"bootstrap.servers": "127.0.0.1:1", "log_level": 0}, "rules", timeout_s=0.2)


def test_it_names_its_topic(producer, kafka):
    write(producer, "rules-5", a=b"1")
    source = CompactedTopic(kafka, "rules-5")
    assert str(source) == "topic rules-5"
    source.close()
