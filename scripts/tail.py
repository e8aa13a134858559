"""`python -m scripts.tail TOPIC`: show the records of a topic, decoded.

Without options it shows what arrives from now on, a readable line a record, until Ctrl-C. A record
that cannot be decoded is shown with the reason; it never ends the tool.
"""

import argparse
import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
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
from schemas.topics import partition_offsets, topic_specs
from schemas.values import to_json
from scripts.connection import Connection, ToolError, connection_options, reports_errors

REQUEST_S = 15.0
# A broker that says nothing for so long while records are still owed is taken for gone.
SILENCE_S = 60.0
_POLL_S = 0.25
_PARTITION_EOF = KafkaError._PARTITION_EOF  # noqa: SLF001 - the client documents it by this name
# Where a record without value means something: what its key stands for is gone.
_TOMBSTONES = {spec.name: "removed" for spec in topic_specs() if spec.is_compacted} | {
    "deals.dlq": "replayed"
}


@dataclass(frozen=True)
class Record:
    """One record of a topic.

    Exactly one of these holds: `value` is the decoded record; `is_tombstone`; or `reason` (one of
    DeadLetter.Reason) and `detail` tell why `payload` could not be decoded.

    Args:
        timestamp_ms: when the broker took it (LogAppendTime), UTC epoch ms.
    """

    topic: str
    partition: int
    offset: int
    timestamp_ms: int
    key: bytes | None
    payload: bytes | None
    value: dict[str, Any] | None = None
    reason: Reason | None = None
    detail: str = ""
    is_tombstone: bool = False

    @property
    def key_text(self) -> str | None:
        """The key as text; bytes that are no UTF-8 as hexadecimal escapes."""
        return None if self.key is None else self.key.decode("utf-8", "backslashreplace")


def read_topic(
    connection: Connection, topic: str, *, from_beginning: bool, until_end: bool
) -> Iterator[Record]:
    """The committed records of a topic, those of a partition in order.

    The first and last offsets are taken in this call, not at the first record: what is written
    after it is followed without a gap, and with `until_end` left out.

    Args:
        connection: broker, and registry of the schemas.
        topic: any topic; foreign records come out with a reason.
        from_beginning: start with the oldest record, otherwise with the next one written.
        until_end: stop at the end that the topic has now, otherwise never.

    Raises:
        ToolError: there is no such topic, or the broker does not answer.
        TopicError: a partition has no leader.
    """
    starts, ends = _offsets(connection, topic)
    if not from_beginning:
        starts = ends
    open_until = {part: ends[part] if until_end else None for part in starts}
    if until_end:
        open_until = {part: end for part, end in open_until.items() if starts[part] < ends[part]}
    places = [TopicPartition(topic, part, starts[part]) for part in open_until]
    return _records(connection, places, open_until)


def _records(
    connection: Connection, places: list[TopicPartition], open_until: dict[int, int | None]
) -> Iterator[Record]:
    settings = {
        "group.id": "deal-finder-tail",  # demanded by the client; nothing is committed
        "enable.auto.commit": False,
        "enable.partition.eof": True,
        "isolation.level": "read_committed",
        "auto.offset.reset": "earliest",  # when a record's retention ends while we read
    }
    consumer = Consumer(connection.client() | settings)
    consumer.assign(places)
    heard_at = time.monotonic()
    try:
        while open_until:
            message = consumer.poll(_POLL_S)
            if message is None:
                is_owed = any(end is not None for end in open_until.values())
                if is_owed and time.monotonic() - heard_at > SILENCE_S:
                    text = f"{places[0].topic}: no answer from the broker for {SILENCE_S:g} s"
                    raise ToolError(text)
                continue
            error = message.error()
            if error is not None and error.code() != _PARTITION_EOF:
                if error.fatal():
                    raise KafkaException(error)
                print(f"warning: {error.str()}", file=sys.stderr)  # the client tries again
                continue
            heard_at = time.monotonic()
            part, offset = message.partition(), message.offset()
            end = open_until.get(part)
            # The end of a partition may be a transaction's marker, which is no message: then only
            # the end-of-partition event tells that it was reached.
            is_past_end = end is not None and offset >= end
            if error is None and part in open_until and not is_past_end:
                yield _record(connection, message)
            if end is not None and offset + (error is None) >= end:
                open_until.pop(part, None)
                consumer.pause([TopicPartition(message.topic(), part)])
    finally:
        consumer.close()


def _record(connection: Connection, message: Message) -> Record:
    topic, payload = message.topic(), message.value()
    place: dict[str, Any] = {
        "topic": topic,
        "partition": message.partition(),
        "offset": message.offset(),
        "timestamp_ms": message.timestamp()[1],
        "key": message.key(),
        "payload": payload,
    }
    if payload is None and topic in _TOMBSTONES:
        return Record(**place, is_tombstone=True)
    try:
        return Record(**place, value=connection.codec.decode(payload))
    except BadRecordError as error:
        return Record(**place, reason=error.reason, detail=error.detail)


def _offsets(connection: Connection, topic: str) -> tuple[dict[int, int], dict[int, int]]:
    """First offset and committed end of each partition."""
    admin = AdminClient(connection.client())
    try:
        # All topics: asking for one by name creates it where brokers create topics by themselves.
        topics = admin.list_topics(timeout=REQUEST_S).topics
    except KafkaException as error:
        servers = connection.kafka.get("bootstrap.servers")
        message = f"the broker at {servers} does not answer: {error}"
        raise ToolError(message) from error
    if topic not in topics:
        message = f"there is no topic {topic}; there are: {', '.join(sorted(topics)) or 'none'}"
        raise ToolError(message)
    parts = list(topics[topic].partitions)
    return (
        partition_offsets(admin, topic, parts, OffsetSpec.earliest(), REQUEST_S),
        partition_offsets(admin, topic, parts, OffsetSpec.latest(), REQUEST_S),
    )


def json_line(record: Record, *, with_metadata: bool) -> str:
    """A record as one JSON object.

    Fields of the record stand at the top. What is not part of it starts with an underscore:
    `_reason`, `_detail` and `_payload` (base64) of a bad record, `_tombstone`, and `_kafka` (always
    there for these two, otherwise on demand).
    """
    shown: dict[str, Any] = dict(record.value or {})
    if record.is_tombstone:
        shown = {"_tombstone": True}
    elif record.reason is not None:
        shown = {
            "_reason": str(record.reason),
            "_detail": record.detail,
            "_payload": record.payload,
        }
    if with_metadata or record.value is None:
        shown["_kafka"] = {
            "topic": record.topic,
            "partition": record.partition,
            "offset": record.offset,
            "timestamp": record.timestamp_ms,
            "key": record.key_text,
        }
    return to_json(shown)


# What a person looks for first; other topics show every field.
_SHOWN = {
    "deals.raw": ("source", "title", "link"),
    "deals.parsed": ("price", "currency", "merchant", "title", "condition"),
    "deals.products": ("product_key", "linked_to", "score", "title", "shop"),
    "deals.evaluated": ("verdict", "price_usd", "fair_usd_p50", "title", "reasons"),
    "deals.stats": ("window_id", "revision", "deals", "median_discount_ratio", "best"),
    "deals.alerts": ("rule_id", "price_usd", "title", "description_status", "description"),
    "deals.rules": ("rule_id", "name", "is_enabled", "any_of"),
    "deals.dlq": ("stage", "reason", "detail", "topic", "partition", "offset"),
}


def text_line(record: Record) -> str:
    """A record as one readable line; nothing in it can move the cursor or colour the terminal."""
    taken_at = datetime.fromtimestamp(record.timestamp_ms / 1000, UTC)
    head = f"{taken_at:%Y-%m-%d %H:%M:%S} {record.partition}/{record.offset}"
    if record.is_tombstone:
        body = f"{record.key_text}: {_TOMBSTONES[record.topic]}"
    elif record.value is None:
        size = len(record.payload or b"")
        body = f"BAD RECORD {record.reason}: {record.detail} ({size} bytes, key {record.key_text})"
    else:
        names = _SHOWN.get(record.topic, tuple(record.value))
        body = "  ".join(f"{name}={_readable(record.value.get(name))}" for name in names)
    return printable(f"{head}  {body}")


def _readable(value: Any) -> str:
    if isinstance(value, Decimal):
        return f"{value:.2f}" if value == round(value, 2) else f"{value:f}"
    if isinstance(value, str):
        return value
    if isinstance(value, list) and all(isinstance(item, str) for item in value):
        return "; ".join(value)
    if isinstance(value, list | dict):
        return to_json(_filled(value))
    return "-" if value is None else str(value)


def _filled(value: Any) -> Any:
    """Without the fields that say nothing."""
    if isinstance(value, dict):
        return {key: _filled(item) for key, item in value.items() if item not in (None, [])}
    return [_filled(item) for item in value] if isinstance(value, list) else value


def printable(text: str) -> str:
    """Titles are hostile: escape control characters and marks that reverse the text's direction."""
    return "".join(
        char if char.isprintable() or char == "\u200d" else char.encode("unicode_escape").decode()
        for char in text
    )


def parser() -> argparse.ArgumentParser:
    """The command line's grammar."""
    tail = argparse.ArgumentParser(
        prog="python -m scripts.tail", description=__doc__, parents=[connection_options()]
    )
    tail.add_argument("topic", help="any topic, e.g. deals.evaluated")
    tail.add_argument("--json", action="store_true", help="one JSON object a line, all fields")
    tail.add_argument("--from-beginning", action="store_true", help="start with the oldest record")
    tail.add_argument("--until-end", action="store_true", help="stop at the end as it is now")
    tail.add_argument(
        "--metadata", action="store_true", help="with --json: key, partition, offset as _kafka"
    )
    return tail


@reports_errors
def main(arguments: Sequence[str] | None = None) -> int:
    """Show a topic; returns the exit code."""
    options = parser().parse_args(arguments)
    records = read_topic(
        Connection.of(options),
        options.topic,
        from_beginning=options.from_beginning,
        until_end=options.until_end,
    )
    for record in records:
        if options.json:
            line = json_line(record, with_metadata=options.metadata)
        else:
            line = text_line(record)
        print(line, flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
