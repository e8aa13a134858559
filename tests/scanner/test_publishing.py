import io
import json
import socket

import pytest
from confluent_kafka import OFFSET_BEGINNING, Consumer, KafkaException, Producer, TopicPartition

from schemas.codec import shipped
from scripts.scanner.entries import RawDeal
from scripts.scanner.publishing import TOPIC, JsonLinesSink, KafkaSink
from tests.scanner.builders import deal


def encode(record: RawDeal) -> bytes:
    return shipped(TOPIC).write(dict(record))


@pytest.fixture
def broker():
    """Bootstrap servers of librdkafka's own mock broker, which lives as long as its client."""
    client = Producer({"test.mock.num.brokers": 1, "bootstrap.servers": "x", "log_level": 0})
    address = next(iter(client.list_topics(timeout=20).brokers.values()))
    yield f"{address.host}:{address.port}"
    client.flush(1)


def consume(servers: str, count: int) -> dict[str, dict]:
    consumer = Consumer({"bootstrap.servers": servers, "group.id": "test", "log_level": 0})
    partitions = consumer.list_topics(TOPIC, timeout=20).topics[TOPIC].partitions
    consumer.assign([TopicPartition(TOPIC, number, OFFSET_BEGINNING) for number in partitions])
    try:
        messages = consumer.consume(count, timeout=20)
    finally:
        consumer.close()
    assert len(messages) == count
    return {m.key().decode(): shipped(TOPIC).read(m.value()) for m in messages}


def test_records_arrive_under_their_key(broker):
    sink = KafkaSink({"bootstrap.servers": broker}, encode)
    records = [deal(item_id=f"ü{n}") for n in range(50)]
    for record in records:
        sink.send(record)
    assert sink.settle() == {}
    assert consume(broker, 50) == {f"shop:{r['item_id']}": r for r in records}
    sink.check()


def test_a_record_that_does_not_fit_is_named_and_the_others_arrive(broker):
    sink = KafkaSink({"bootstrap.servers": broker}, encode)
    sink.send(deal(item_id="bad", title=3))
    sink.send(deal(item_id="good"))
    failures = sink.settle()
    assert list(failures) == ["shop:bad"]
    assert "title" in failures["shop:bad"]
    assert list(consume(broker, 1)) == ["shop:good"]


def test_a_record_over_the_brokers_limit_is_named(broker):
    sink = KafkaSink({"bootstrap.servers": broker, "message.max.bytes": 2_000}, encode)
    sink.send(deal(item_id="large", summary_html="x" * 5_000))
    assert "too large" in sink.settle()["shop:large"].lower()


def test_with_no_broker_every_record_is_named_within_the_timeout():
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
    properties = {"bootstrap.servers": f"127.0.0.1:{port}", "log_level": 0}
    sink = KafkaSink(properties, encode, timeout_s=0.5)
    for item_id in ("a", "b"):
        sink.send(deal(item_id=item_id))
    assert set(sink.settle()) == {"shop:a", "shop:b"}
    assert sink.settle() == {}


def test_a_broker_without_the_topic_is_found_out_at_the_start(broker):
    with pytest.raises(KafkaException, match=r"no topic deals\.raw"):
        KafkaSink({"bootstrap.servers": broker}, encode).check()


def test_safety_settings_are_not_the_callers_choice():
    made = []
    KafkaSink({"acks": "0", "enable.idempotence": False}, encode, make_producer=made.append)
    assert (made[0]["acks"], made[0]["enable.idempotence"]) == ("all", True)


def test_a_full_queue_is_waited_for():
    class Full:
        """A producer with room for one record, which only a flush empties."""

        def __init__(self, _: dict) -> None:
            self.queue: list = []
            self.delivered: list[bytes] = []

        def produce(self, _, *, key, value, on_delivery) -> None:
            if self.queue:
                raise BufferError("full")  # noqa: EM101
            self.queue.append((key, on_delivery))

        def poll(self, _: float) -> None:
            """Nothing comes of it."""

        def flush(self, _: float) -> int:
            for key, on_delivery in self.queue:
                self.delivered.append(key)
                on_delivery(None, None)
            self.queue.clear()
            return 0

    sink = KafkaSink({}, encode, make_producer=Full)
    for item_id in ("a", "b", "c"):
        sink.send(deal(item_id=item_id))
    assert sink.settle() == {}
    assert sink._producer.delivered == [b"shop:a", b"shop:b", b"shop:c"]


def test_json_lines_hold_the_record_in_ascii():
    file = io.StringIO()
    sink = JsonLinesSink(file)
    sink.send(deal(title="🔥 \u2028 \x1b[2J"))
    assert sink.settle() == {}
    assert file.getvalue().isascii()
    assert json.loads(file.getvalue()) == deal(title="🔥 \u2028 \x1b[2J")
