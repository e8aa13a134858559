import contextlib
import io
import time

import fastavro
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from schemas import definitions
from schemas.avro_body import MAX_DEPTH
from schemas.codec import AvroSchema, shipped
from schemas.frames import BadRecordError, Reason
from tests.schemas.frame_vectors import text, varint
from tests.schemas.records import example


def only(type_):
    """A schema of a record with one field."""
    return AvroSchema.of({"type": "record", "name": "R", "fields": [{"name": "x", "type": type_}]})


def reason(schema, body):
    with pytest.raises(BadRecordError) as caught:
        schema.read(body)
    return caught.value.reason


@pytest.mark.parametrize("topic", definitions.TOPICS)
@given(data=st.data())
@settings(max_examples=150, deadline=None)
def test_damage_gives_a_reason_or_a_record_that_can_be_written_again(topic, data):
    schema = shipped(topic)
    body = bytearray(schema.write(example(topic)))
    for _ in range(data.draw(st.integers(1, 4))):
        place = data.draw(st.integers(0, len(body) - 1))
        body[place] = data.draw(st.integers(0, 255))
    try:
        record = schema.read(bytes(body))
    except BadRecordError:
        return
    assert schema.read(schema.write(record)) == record


@given(st.binary(max_size=60))
@settings(deadline=None)
def test_noise_is_never_anything_but_a_bad_record(noise):
    with contextlib.suppress(BadRecordError):
        assert shipped("deals.dlq").read(noise)["stage"]


@pytest.mark.parametrize(
    ("type_", "body", "expected"),
    [
        ("boolean", b"\x02", Reason.MALFORMED_AVRO),
        ("int", varint(1 << 31), Reason.MALFORMED_AVRO),
        ("double", b"\x00" * 7, Reason.TRUNCATED_AVRO),
        ("bytes", varint(1 << 40), Reason.ABSURD_LENGTH),
        ({"type": "enum", "name": "E", "symbols": ["a"]}, varint(1), Reason.MALFORMED_AVRO),
        ({"type": "fixed", "name": "F", "size": 4}, b"abc", Reason.TRUNCATED_AVRO),
        ({"type": "map", "values": "int"}, varint(1) + varint(1) + b"\xff", Reason.MALFORMED_AVRO),
        ({"type": "array", "items": "null"}, varint(1 << 23), Reason.TRUNCATED_AVRO),
        (
            {"type": "bytes", "logicalType": "decimal", "precision": 4, "scale": 2},
            varint(0),
            Reason.MALFORMED_AVRO,
        ),
        (
            {"type": "bytes", "logicalType": "decimal", "precision": 4, "scale": 2},
            varint(2) + (10_000).to_bytes(2, "big"),
            Reason.MALFORMED_AVRO,
        ),
    ],
)
def test_each_type_has_its_faults(type_, body, expected):
    assert reason(only(type_), body) == expected


def test_many_small_blocks_of_nothing_cost_no_time():
    body = (varint(1000) * 1000) + varint(0)
    started = time.monotonic()
    assert reason(only({"type": "array", "items": "null"}), body) == Reason.ABSURD_LENGTH
    assert time.monotonic() - started < 1


def test_a_recursive_schema_cannot_exhaust_the_stack():
    chain = AvroSchema.of(
        {
            "type": "record",
            "name": "Chain",
            "fields": [{"name": "next", "type": ["null", "Chain"]}],
        }
    )
    assert chain.read(varint(1) * 3 + varint(0)) == {"next": {"next": {"next": {"next": None}}}}
    assert reason(chain, varint(1) * 100_000 + varint(0)) == Reason.MALFORMED_AVRO
    assert MAX_DEPTH < 1000


def test_a_name_in_an_object_is_followed():
    verdict = {"type": "enum", "name": "Verdict", "symbols": ["fair"]}
    schema = AvroSchema.of(
        {
            "type": "record",
            "name": "R",
            "fields": [
                {"name": "x", "type": verdict},
                {"name": "y", "type": {"type": "array", "items": "Verdict"}},
            ],
        }
    )
    body = varint(0) + varint(1) + varint(0) + varint(0)
    assert schema.read(body) == {"x": "fair", "y": ["fair"]}


def test_array_blocks_with_and_without_size_are_walked():
    schema = only({"type": "array", "items": "string"})
    body = varint(-1) + varint(2) + text("a") + varint(2) + text("b") + text("c") + varint(0)
    assert schema.read(body) == {"x": ["a", "b", "c"]}


def test_a_time_that_no_datetime_holds_is_still_a_number():
    schema = shipped("deals.raw")
    far = (1 << 63) - 1
    assert schema.read(schema.write(example("deals.raw", fetched_at=far)))["fetched_at"] == far
    body = io.BytesIO(schema.write(example("deals.raw", fetched_at=far)))
    with pytest.raises(OverflowError):  # what fastavro alone makes of such a time
        fastavro.schemaless_reader(body, definitions.definition("deals.raw"))
