from uuid import UUID

import pytest
from confluent_kafka import Consumer, KafkaException, Producer
from confluent_kafka.admin import AdminClient, NewTopic

from local.build import JARS, STACK_STEPS, build
from local.kafka.broker import KafkaBroker, server_properties
from local.ports import Ports
from local.progress import Progress


def settings(text):
    return dict(line.split("=", 1) for line in text.splitlines())


def test_both_listeners_are_bound_to_the_loopback_address(tmp_path):
    rendered = settings(server_properties(Ports(kafka=1111, kafka_controller=2222), tmp_path))
    listeners = rendered["listeners"]
    assert listeners == "PLAINTEXT://127.0.0.1:1111,CONTROLLER://127.0.0.1:2222"
    assert rendered["advertised.listeners"] == "PLAINTEXT://127.0.0.1:1111"
    assert rendered["controller.quorum.voters"] == "1@127.0.0.1:2222"
    assert rendered["log.dirs"] == str(tmp_path)


def test_topics_are_not_made_by_accident(tmp_path):
    assert settings(server_properties(Ports(), tmp_path))["auto.create.topics.enable"] == "false"


@pytest.mark.broker
def test_a_cluster_id_that_begins_with_a_dash_is_no_option(tmp_path, monkeypatch):
    build(Progress(), STACK_STEPS)
    monkeypatch.setattr("local.kafka.broker.uuid.uuid4", lambda: UUID(bytes=b"\xf8" + b"0" * 15))
    broker = KafkaBroker(JARS / "kafka")
    broker.prepare(tmp_path, Ports())
    assert "cluster.id=-DAw" in (tmp_path / "data" / "meta.properties").read_text()


def make_topic(endpoints, name):
    admin = AdminClient({"bootstrap.servers": endpoints.bootstrap_servers})
    for made in admin.create_topics([NewTopic(name, 1, 1)]).values():
        made.result(20)


def send(endpoints, topic, *values):
    producer = Producer(
        {"bootstrap.servers": endpoints.bootstrap_servers, "enable.idempotence": True}
    )
    errors = []
    for value in values:
        producer.produce(topic, value, callback=lambda error, _: error and errors.append(error))
    assert producer.flush(20) == 0
    assert errors == []


def read(endpoints, topic, count):
    consumer = Consumer(
        {
            "bootstrap.servers": endpoints.bootstrap_servers,
            "group.id": f"{topic}-readers",
            "auto.offset.reset": "earliest",
        }
    )
    try:
        consumer.subscribe([topic])
        return [message.value() for message in consumer.consume(count, timeout=30)]
    finally:
        consumer.close()


@pytest.mark.broker
def test_what_is_produced_is_consumed(endpoints):
    make_topic(endpoints, "round-trip")
    send(endpoints, "round-trip", b"one", b"two")
    assert read(endpoints, "round-trip", 2) == [b"one", b"two"]


@pytest.mark.broker
def test_records_survive_a_stop_and_a_kill(stack, endpoints):
    make_topic(endpoints, "durable")
    send(endpoints, "durable", b"before the stop")
    stack.stop("kafka")
    stack.start("kafka")
    send(endpoints, "durable", b"before the kill")
    stack.kill("kafka")
    stack.start("kafka")
    assert read(endpoints, "durable", 2) == [b"before the stop", b"before the kill"]


@pytest.mark.broker
def test_a_record_for_an_unknown_topic_is_refused(endpoints):
    consumer = Consumer(
        {"bootstrap.servers": endpoints.bootstrap_servers, "group.id": "unknown-topic"}
    )
    try:
        known = consumer.list_topics("no-such-topic", timeout=20).topics["no-such-topic"]
        with pytest.raises(KafkaException, match="UNKNOWN_TOPIC_OR_PART"):
            raise KafkaException(known.error)
    finally:
        consumer.close()
