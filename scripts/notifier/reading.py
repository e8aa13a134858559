"""The records of deals.alerts, as a member of a consumer group or, for a dry run, beside it."""

import sys
from dataclasses import dataclass
from typing import Any

from confluent_kafka import (
    Consumer,
    KafkaError,
    KafkaException,
    Message,
    TopicPartition,
)
from confluent_kafka.admin import AdminClient, OffsetSpec

from schemas.frames import BadRecordError, Reason
from schemas.topics import partition_offsets
from scripts.connection import Connection, ToolError

REQUEST_S = 15.0
# A member that was killed is missed after this; until then its partitions wait.
SESSION_S = 10
# Deliveries that take longer than this lose their partitions to others, and change nothing else.
LONGEST_DELIVERY_S = 600
_PARTITION_EOF = KafkaError._PARTITION_EOF  # noqa: SLF001 - the client documents it by this name
# What no waiting mends.
_HOPELESS = {
    KafkaError.GROUP_AUTHORIZATION_FAILED,
    KafkaError.TOPIC_AUTHORIZATION_FAILED,
    KafkaError.UNKNOWN_TOPIC_OR_PART,
}


@dataclass(frozen=True)
class Received:
    """A record: `alert` is the decoded DealAlert, or `reason` and `detail` tell why it is none."""

    topic: str
    partition: int
    offset: int
    payload: bytes | None
    alert: dict[str, Any] | None = None
    reason: Reason | None = None
    detail: str = ""

    @property
    def origin(self) -> str:
        """Topic:partition:offset."""
        return f"{self.topic}:{self.partition}:{self.offset}"

    @property
    def digest_id(self) -> str | None:
        """The digest that it belongs to."""
        return self.alert.get("digest_id") if self.alert else None


@dataclass(frozen=True)
class End:
    """A partition has no more records for now."""

    partition: int


@dataclass(frozen=True)
class Revoked:
    """A partition is another member's from now on."""

    partition: int


class AlertReader:
    """Committed records of deals.alerts, those of a partition in order."""

    def __init__(
        self,
        connection: Connection,
        topic: str,
        group: str,
        *,
        from_beginning: bool = False,
        is_dry: bool = False,
    ) -> None:
        """Connect, and take part in the group unless `is_dry`.

        Args:
            connection: broker and registry.
            topic: deals.alerts, or one like it.
            group: consumer group; it goes on where it was, and begins at the end the first time.
            from_beginning: begin with the oldest record instead.
            is_dry: read all partitions beside the group, and leave no trace.

        Raises:
            ToolError: there is no such topic, or the broker does not answer.
        """
        self._connection, self._topic = connection, topic
        self._from_beginning, self._is_dry = from_beginning, is_dry
        self._admin = AdminClient(connection.client())
        partitions = _partitions(self._admin, connection, topic)
        self._began: set[int] = set()
        self._revoked: list[Revoked] = []
        # Partitions that are ours and not read to their end yet; None before any is.
        self._unread: set[int] | None = None
        self._consumer = Consumer(
            connection.client()
            | {
                "client.id": "deal-finder-notify",
                "group.id": group,
                "isolation.level": "read_committed",
                "auto.offset.reset": "earliest",  # when a record's retention ends while we read
                "enable.partition.eof": True,
                # Offsets are stored when an alert is settled, and then committed by the client.
                "enable.auto.offset.store": False,
                "enable.auto.commit": not is_dry,
                "auto.commit.interval.ms": 1000,
                "session.timeout.ms": SESSION_S * 1000,
                "max.poll.interval.ms": LONGEST_DELIVERY_S * 1000,
            }
        )
        if is_dry:
            places = [TopicPartition(topic, number) for number in partitions]
            self._consumer.assign(self._starts(places))
            self._unread = set(partitions)
        else:
            self._consumer.subscribe(
                [topic],
                on_assign=self._assigned,
                on_revoke=self._taken_away,
                on_lost=self._taken_away,
            )

    @property
    def is_at_end(self) -> bool:
        """Whether every partition that is ours has been read to its end."""
        return self._unread is not None and not self._unread

    def poll(self, wait_s: float) -> Received | End | Revoked | None:
        """What comes next; None after so many seconds without anything.

        Raises:
            KafkaException: an error that the client does not mend by itself.
            RegistryError: the registry does not answer.
        """
        if self._revoked:
            return self._revoked.pop()
        message = self._consumer.poll(wait_s)
        if message is None:
            return self._revoked.pop() if self._revoked else None
        error = message.error()
        if error is None:
            return self._received(message)
        if error.code() == _PARTITION_EOF:
            if self._unread is not None:
                self._unread.discard(message.partition())
            return End(message.partition())
        if error.fatal() or error.code() in _HOPELESS:
            raise KafkaException(error)
        print(f"warning: {error.str()}", file=sys.stderr)  # the client tries again
        return None

    def settle(self, records: list[Received]) -> None:
        """These records are done: they are not read again after a restart."""
        if self._is_dry:
            return
        ends: dict[int, int] = {}
        for record in records:
            ends[record.partition] = max(ends.get(record.partition, 0), record.offset + 1)
        places = [TopicPartition(self._topic, number, end) for number, end in ends.items()]
        try:
            self._consumer.store_offsets(offsets=places)
        except KafkaException as error:
            # Taken away meanwhile: its new owner reads them again, and finds them claimed.
            if error.args[0].code() != KafkaError._STATE:  # noqa: SLF001 - its documented name
                raise

    def close(self) -> None:
        """Commit what is settled, and leave the group."""
        self._consumer.close()

    def _received(self, message: Message) -> Received:
        place = (message.topic(), message.partition(), message.offset(), message.value())
        try:
            # Through the schema that we ship: fields added since the record was written are there.
            alert = self._connection.codec.decode(message.value(), topic="deals.alerts")
        except BadRecordError as error:
            return Received(*place, reason=error.reason, detail=error.detail)
        return Received(*place, alert=alert)

    def _starts(self, places: list[TopicPartition]) -> list[TopicPartition]:
        """Where to begin: at the beginning, or at the end as it is now."""
        where = OffsetSpec.earliest() if self._from_beginning else OffsetSpec.latest()
        numbers = [each.partition for each in places]
        offsets = partition_offsets(self._admin, self._topic, numbers, where, REQUEST_S)
        return [TopicPartition(self._topic, number, offset) for number, offset in offsets.items()]

    def _assigned(self, consumer: Consumer, places: list[TopicPartition]) -> None:
        found = consumer.committed(places, timeout=REQUEST_S)
        # From the beginning only once a run: a partition that comes back is where we were.
        new = [
            each
            for each in found
            if each.offset < 0 or (self._from_beginning and each.partition not in self._began)
        ]
        starts = self._starts(new)
        assigned = {each.partition: each for each in [*found, *starts]}
        self._began |= set(assigned)
        self._unread = set(assigned)
        consumer.assign(list(assigned.values()))
        if starts:
            # Else a run that dies before its first alert is followed by one that begins elsewhere.
            consumer.commit(offsets=starts, asynchronous=False)

    def _taken_away(self, _: Consumer, places: list[TopicPartition]) -> None:
        self._revoked += [Revoked(each.partition) for each in places]
        if self._unread is not None:
            self._unread -= {each.partition for each in places}


def _partitions(admin: AdminClient, connection: Connection, topic: str) -> list[int]:
    try:
        topics = admin.list_topics(timeout=REQUEST_S).topics
    except KafkaException as error:
        servers = connection.kafka.get("bootstrap.servers")
        message = f"the broker at {servers} does not answer: {error}"
        raise ToolError(message) from error
    if topic not in topics:
        message = f"there is no topic {topic}: run `python -m scripts.bootstrap` first"
        raise ToolError(message)
    return list(topics[topic].partitions)
