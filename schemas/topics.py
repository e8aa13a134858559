"""The Kafka topics: how many partitions, how long a record is kept, what it may weigh."""

import time
from collections.abc import Iterable, Mapping
from concurrent.futures import Future
from dataclasses import dataclass, field, replace
from typing import Any

from confluent_kafka import IsolationLevel, KafkaError, KafkaException, TopicPartition
from confluent_kafka.admin import (
    AdminClient,
    AlterConfigOpType,
    ConfigEntry,
    ConfigResource,
    NewTopic,
    OffsetSpec,
)

DAY_MS = 24 * 3600 * 1000
# A dead letter carries a whole record of another topic and says more about it: it may weigh twice.
MAX_RECORD_BYTES = 1024 * 1024
MAX_DEAD_LETTER_BYTES = 2 * MAX_RECORD_BYTES
DEFAULT_PARTITIONS = 4

_POLL_S = 0.1
# What broker and client answer before it is known who leads a partition.
_LEADERLESS = {
    KafkaError._NOENT,  # noqa: SLF001 - the client documents it by this name
    KafkaError._UNKNOWN_PARTITION,  # noqa: SLF001
    KafkaError.NOT_LEADER_FOR_PARTITION,
    KafkaError.LEADER_NOT_AVAILABLE,
    KafkaError.UNKNOWN_TOPIC_OR_PART,
    KafkaError.FENCED_LEADER_EPOCH,
    KafkaError.UNKNOWN_LEADER_EPOCH,
}


class TopicError(Exception):
    """Topics are not as they must be, or the broker does not let us make them so."""


@dataclass(frozen=True)
class TopicSpec:
    """What a topic must be.

    Args:
        name: also the name of its schema.
        retention_ms: how long a record is kept; None = the latest record of each key is kept for
            ever (compacted).
        keeps_latest: with a retention: earlier records of a key may go as well (compacted, too).
        partitions: at least; a topic that has more keeps them.
        max_message_bytes: of one record batch.
    """

    name: str
    retention_ms: int | None
    partitions: int = DEFAULT_PARTITIONS
    max_message_bytes: int = MAX_RECORD_BYTES
    keeps_latest: bool = False

    @property
    def is_compacted(self) -> bool:
        """A record without value removes its key here; elsewhere it is a bad record."""
        return self.retention_ms is None

    def config(self) -> dict[str, str]:
        """The topic's configuration, as Kafka names it."""
        config = {
            # The broker's clock. With the producer's, a backfill of old events is deleted at once.
            "message.timestamp.type": "LogAppendTime",
            "max.message.bytes": str(self.max_message_bytes),
        }
        if self.retention_ms is not None:
            policy = "compact,delete" if self.keeps_latest else "delete"
            return config | {"cleanup.policy": policy, "retention.ms": str(self.retention_ms)}
        # Readers that were away for up to a week still learn that a key was removed.
        return config | {"cleanup.policy": "compact", "delete.retention.ms": str(7 * DAY_MS)}


def topic_specs(partitions: int = DEFAULT_PARTITIONS) -> tuple[TopicSpec, ...]:
    """All topics of Deal Finder, in the order of the dataflow."""
    return (
        TopicSpec("deals.raw", 7 * DAY_MS, partitions),
        TopicSpec("deals.parsed", 30 * DAY_MS, partitions),
        TopicSpec("deals.products", None, partitions),
        TopicSpec("deals.evaluated", 30 * DAY_MS, partitions),
        TopicSpec("deals.stats", 90 * DAY_MS, partitions, keeps_latest=True),
        TopicSpec("deals.alerts", 30 * DAY_MS, partitions),
        TopicSpec("deals.rules", None, partitions),
        TopicSpec("deals.dlq", 14 * DAY_MS, partitions, MAX_DEAD_LETTER_BYTES),
    )


SHADOW_PREFIX = "shadow."
"""Before the names of topics that a trial beside the running version writes."""
_READ_ONLY = {"deals.raw", "deals.rules"}


def shadow_specs(partitions: int = DEFAULT_PARTITIONS) -> tuple[TopicSpec, ...]:
    """The topics of a trial: those that jobs write, under other names and kept for two days."""
    return tuple(
        replace(spec, name=SHADOW_PREFIX + spec.name, retention_ms=2 * DAY_MS)
        for spec in topic_specs(partitions)
        if spec.name not in _READ_ONLY
    )


@dataclass(frozen=True)
class TopicOutcome:
    """What `create_topics` found or did; `altered` maps a setting to (before, after)."""

    name: str
    is_created: bool
    altered: dict[str, tuple[str, str]] = field(default_factory=dict)

    def __str__(self) -> str:
        """One line for people."""
        if self.is_created:
            return f"{self.name}: created"
        changes = ", ".join(f"{key} {old} -> {new}" for key, (old, new) in self.altered.items())
        return f"{self.name}: {changes or 'as it must be'}"


def create_topics(
    kafka: Mapping[str, Any],
    specs: Iterable[TopicSpec],
    *,
    replication_factor: int = 1,
    min_insync_replicas: int = 1,
    deadline_s: float = 30.0,
) -> list[TopicOutcome]:
    """Create the topics that are missing, and correct the settings of those that are there.

    Args:
        kafka: librdkafka properties.
        specs: the topics.
        replication_factor: of topics created; those that are there keep theirs.
        min_insync_replicas: below this many, writes with acks=all are refused.
        deadline_s: for each request to the broker.

    Raises:
        TopicError: a topic has fewer partitions than its spec (nothing has been changed then), or
            the broker refuses or does not answer.
    """
    wanted = {spec.name: spec for spec in specs}
    admin = AdminClient(dict(kafka))
    try:
        existing = admin.list_topics(timeout=deadline_s).topics
    except KafkaException as error:
        message = f"the broker at {kafka.get('bootstrap.servers')} does not answer: {error}"
        raise TopicError(message) from error
    partitions = {name: len(existing[name].partitions) for name in wanted if name in existing}
    _check_partitions(wanted, partitions)
    extra = {"min.insync.replicas": str(min_insync_replicas)}
    missing = [spec for name, spec in wanted.items() if name not in partitions]
    if missing:
        new_topics = [
            NewTopic(spec.name, spec.partitions, replication_factor, config=spec.config() | extra)
            for spec in missing
        ]
        _await(admin.create_topics(new_topics, operation_timeout=deadline_s), deadline_s)
        for spec in missing:  # a topic takes records only when each partition has its leader
            numbers = range(spec.partitions)
            partition_offsets(admin, spec.name, numbers, OffsetSpec.latest(), deadline_s)
    altered = _alter(admin, [wanted[name] for name in partitions], extra, deadline_s)
    return [
        TopicOutcome(name, is_created=name not in partitions, altered=altered.get(name, {}))
        for name in wanted
    ]


def _check_partitions(wanted: Mapping[str, TopicSpec], partitions: Mapping[str, int]) -> None:
    # Not added here: more partitions send a key elsewhere, behind the back of keyed state.
    short = [
        f"{name} has {count} partitions, not {wanted[name].partitions}"
        for name, count in partitions.items()
        if count < wanted[name].partitions
    ]
    if short:
        message = (
            f"{'; '.join(short)}. Adding partitions moves keys, so it is left to you: stop the "
            "jobs, then delete the topic or add partitions with Kafka's own tools"
        )
        raise TopicError(message)


def _alter(
    admin: AdminClient, specs: list[TopicSpec], extra: dict[str, str], deadline_s: float
) -> dict[str, dict[str, tuple[str, str]]]:
    if not specs:
        return {}
    resources = [ConfigResource(ConfigResource.Type.TOPIC, spec.name) for spec in specs]
    described = _await(admin.describe_configs(resources, request_timeout=deadline_s), deadline_s)
    current = {resource.name: entries for resource, entries in described.items()}
    changes: dict[str, dict[str, tuple[str, str]]] = {}
    requests = []
    for spec in specs:
        entries = current[spec.name]
        different = {
            key: (entries[key].value, value)
            for key, value in (spec.config() | extra).items()
            if entries[key].value != value
        }
        if different:
            changes[spec.name] = different
            requests.append(
                ConfigResource(
                    ConfigResource.Type.TOPIC,
                    spec.name,
                    incremental_configs=[
                        ConfigEntry(key, new, incremental_operation=AlterConfigOpType.SET)
                        for key, (_, new) in different.items()
                    ],
                )
            )
    if requests:
        answers = admin.incremental_alter_configs(requests, request_timeout=deadline_s)
        _await(answers, deadline_s)
    return changes


def partition_offsets(
    admin: AdminClient, topic: str, partitions: Iterable[int], spec: OffsetSpec, deadline_s: float
) -> dict[int, int]:
    """An offset of each partition, from its leader, counting committed records only.

    A leader that is just being elected, as after the creation of a topic, is asked again.

    Args:
        admin: a client of the broker.
        topic: a topic that exists.
        partitions: their numbers.
        spec: which offset.
        deadline_s: for all of it.

    Raises:
        TopicError: a leader refuses, or is not there after the deadline.
    """
    give_up_at = time.monotonic() + deadline_s
    found: dict[int, int] = {}
    missing = set(partitions)
    while missing:
        answers = admin.list_offsets(
            {TopicPartition(topic, number): spec for number in missing},
            isolation_level=IsolationLevel.READ_COMMITTED,
            request_timeout=deadline_s,
        )
        for place, answer in answers.items():
            try:
                found[place.partition] = answer.result(timeout=deadline_s).offset
            except KafkaException as error:
                if error.args[0].code() not in _LEADERLESS or time.monotonic() >= give_up_at:
                    message = f"{topic}, partition {place.partition}: {error.args[0].str()}"
                    raise TopicError(message) from error
        missing -= set(found)
        if missing:
            time.sleep(_POLL_S)
            admin.list_topics(timeout=deadline_s)  # else the client stays with what it knew
    return found


def _await(futures: Mapping[Any, Future[Any]], deadline_s: float) -> dict[Any, Any]:
    answers = {}
    for subject, future in futures.items():
        try:
            answers[subject] = future.result(timeout=deadline_s)
        except (KafkaException, TimeoutError) as error:
            name = getattr(subject, "name", subject)
            message = f"{name}: the broker refuses: {error!r}"
            raise TopicError(message) from error
    return answers
