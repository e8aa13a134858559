from uuid import uuid4

import pytest
from confluent_kafka import Producer
from confluent_kafka.admin import AdminClient, AlterConfigOpType, ConfigEntry, ConfigResource

from schemas import definitions
from schemas.topics import (
    DAY_MS,
    TopicError,
    TopicSpec,
    create_topics,
    shadow_specs,
    topic_specs,
)


def test_every_schema_has_its_topic_and_is_kept_as_long_as_the_design_says():
    kept = {spec.name: spec.retention_ms for spec in topic_specs()}
    assert kept == {
        "deals.raw": 7 * DAY_MS,
        "deals.parsed": 30 * DAY_MS,
        "deals.products": None,
        "deals.evaluated": 30 * DAY_MS,
        "deals.stats": 90 * DAY_MS,
        "deals.alerts": 30 * DAY_MS,
        "deals.rules": None,
        "deals.dlq": 14 * DAY_MS,
    }
    assert tuple(kept) == definitions.TOPICS


def test_no_topic_trusts_the_producers_clock():
    assert {spec.config()["message.timestamp.type"] for spec in topic_specs()} == {"LogAppendTime"}


def test_a_trial_has_topics_of_its_own_for_all_that_it_writes():
    assert [spec.name for spec in shadow_specs(3)] == [
        *("shadow.deals.parsed", "shadow.deals.products", "shadow.deals.evaluated"),
        "shadow.deals.stats",
        *("shadow.deals.alerts", "shadow.deals.dlq"),
    ]
    assert {spec.partitions for spec in shadow_specs(3)} == {3}


def test_only_rules_and_links_are_kept_for_ever_and_figures_only_as_last_corrected():
    policies = {spec.name: spec.config()["cleanup.policy"] for spec in topic_specs()}
    assert policies.pop("deals.rules") == "compact"
    assert policies.pop("deals.products") == "compact"
    assert policies.pop("deals.stats") == "compact,delete"
    assert set(policies.values()) == {"delete"}


def test_a_dead_letter_may_hold_the_largest_record_of_any_other_topic():
    sizes = {spec.name: spec.max_message_bytes for spec in topic_specs()}
    letters = sizes.pop("deals.dlq")
    assert letters > max(sizes.values())


def test_a_broker_that_does_not_answer_is_an_error_within_the_deadline():
    kafka = {"bootstrap.servers": "127.0.0.1:1", "log_level": 0}
    with pytest.raises(TopicError, match=r"the broker at 127\.0\.0\.1:1 does not answer"):
        create_topics(kafka, topic_specs(), deadline_s=0.5)


@pytest.fixture
def kafka(endpoints):
    return {"bootstrap.servers": endpoints.bootstrap_servers}


@pytest.fixture
def name():
    return f"test.{uuid4().hex}"


def settings(kafka, name):
    resource = ConfigResource(ConfigResource.Type.TOPIC, name)
    admin = AdminClient(kafka)  # kept until it has answered
    (future,) = admin.describe_configs([resource]).values()
    return {key: entry.value for key, entry in future.result(timeout=30).items()}


def set_by_hand(kafka, name, key, value):
    entry = ConfigEntry(key, value, incremental_operation=AlterConfigOpType.SET)
    resource = ConfigResource(ConfigResource.Type.TOPIC, name, incremental_configs=[entry])
    admin = AdminClient(kafka)
    (future,) = admin.incremental_alter_configs([resource]).values()
    future.result(timeout=30)


@pytest.mark.broker
def test_a_missing_topic_is_created_as_specified(kafka, name):
    (outcome,) = create_topics(kafka, [TopicSpec(name, 7 * DAY_MS, 3)])
    assert str(outcome) == f"{name}: created"
    assert len(AdminClient(kafka).list_topics(timeout=30).topics[name].partitions) == 3
    found = settings(kafka, name)
    assert found["retention.ms"] == str(7 * DAY_MS)
    assert found["message.timestamp.type"] == "LogAppendTime"
    assert found["max.message.bytes"] == str(1024 * 1024)
    assert found["min.insync.replicas"] == "1"


@pytest.mark.broker
def test_a_new_topic_takes_records_at_once(kafka, name):
    create_topics(kafka, [TopicSpec(name, DAY_MS, 4)])
    failures = []
    producer = Producer(kafka | {"retries": 0, "acks": "all"})
    for partition in range(4):
        producer.produce(
            name, b"x", partition=partition, on_delivery=lambda error, _: failures.append(error)
        )
    assert producer.flush(30) == 0
    assert failures == [None] * 4


@pytest.mark.broker
def test_creating_again_changes_nothing(kafka, name):
    spec = TopicSpec(name, None)
    create_topics(kafka, [spec])
    before = settings(kafka, name)
    (outcome,) = create_topics(kafka, [spec])
    assert str(outcome) == f"{name}: as it must be"
    assert settings(kafka, name) == before
    assert before["cleanup.policy"] == "compact"


@pytest.mark.broker
def test_a_setting_that_differs_is_put_right_and_told(kafka, name):
    create_topics(kafka, [TopicSpec(name, 7 * DAY_MS)])
    set_by_hand(kafka, name, "message.timestamp.type", "CreateTime")
    set_by_hand(kafka, name, "retention.ms", "1000")
    (outcome,) = create_topics(kafka, [TopicSpec(name, 7 * DAY_MS)])
    assert outcome.altered == {
        "message.timestamp.type": ("CreateTime", "LogAppendTime"),
        "retention.ms": ("1000", str(7 * DAY_MS)),
    }
    assert settings(kafka, name)["message.timestamp.type"] == "LogAppendTime"


@pytest.mark.broker
def test_what_somebody_set_besides_stays(kafka, name):
    create_topics(kafka, [TopicSpec(name, DAY_MS)])
    set_by_hand(kafka, name, "segment.ms", "3600000")
    create_topics(kafka, [TopicSpec(name, 2 * DAY_MS)])
    assert settings(kafka, name)["segment.ms"] == "3600000"


@pytest.mark.broker
def test_too_few_partitions_are_an_error_and_nothing_is_changed(kafka, name):
    create_topics(kafka, [TopicSpec(name, DAY_MS, 2)])
    missing = f"{name}.missing"
    with pytest.raises(TopicError, match=f"{name} has 2 partitions, not 4"):
        create_topics(kafka, [TopicSpec(missing, DAY_MS), TopicSpec(name, 2 * DAY_MS, 4)])
    assert missing not in AdminClient(kafka).list_topics(timeout=30).topics
    assert settings(kafka, name)["retention.ms"] == str(DAY_MS)


@pytest.mark.broker
def test_more_partitions_than_asked_for_stay(kafka, name):
    create_topics(kafka, [TopicSpec(name, DAY_MS, 4)])
    (outcome,) = create_topics(kafka, [TopicSpec(name, DAY_MS, 2)])
    assert str(outcome) == f"{name}: as it must be"


@pytest.mark.broker
def test_a_refusal_of_the_broker_names_the_topic(kafka, name):
    with pytest.raises(TopicError, match=f"{name}: the broker refuses: .*replication"):
        create_topics(kafka, [TopicSpec(name, DAY_MS)], replication_factor=3)
