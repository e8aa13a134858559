import io
import json
import tracemalloc
import zlib
from decimal import Decimal
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from botocore.exceptions import ClientError
from fastavro import parse_schema, schemaless_writer
from hypothesis import given
from hypothesis import strategies as st

from udfs.alerting.frames import MAX_BODY_BYTES, MAX_SCHEMAS, FrameError, FrameReader, Reason
from udfs.alerting.rules import Rule

SCHEMAS = Path(__file__).parents[3] / "schemas"
SCHEMA = json.loads((SCHEMAS / "deals.rules.avsc").read_text("utf-8"))
VERSION = UUID("c0ffee00-1111-4222-8333-444455556666")
RECORD = {
    "rule_id": "r",
    "name": "TVs",
    "any_of": [{"words": ["tv"], "max_price_usd": Decimal("300.5")}],
    "updated_at": 1_700_000_000_000,
}


class Glue:
    """Knows some schema versions; everything else is not found."""

    def __init__(self, **schemas: Any) -> None:
        self.schemas = {str(VERSION): SCHEMA} | schemas
        self.calls = 0

    def get_schema_version(self, SchemaVersionId: str) -> dict[str, str]:
        self.calls += 1
        if SchemaVersionId not in self.schemas:
            code = {"Error": {"Code": "EntityNotFoundException"}}
            raise ClientError(code, "GetSchemaVersion")
        return {"SchemaDefinition": json.dumps(self.schemas[SchemaVersionId])}


def body(record: dict[str, Any] | None = None, schema: Any = SCHEMA) -> bytes:
    stream = io.BytesIO()
    schemaless_writer(stream, parse_schema(schema), record or RECORD)
    return stream.getvalue()


def framed(content: bytes, *, kind: int = 0, version: UUID = VERSION) -> bytes:
    return bytes([3, kind]) + version.bytes + content


def decode(data: bytes) -> dict[str, Any]:
    return FrameReader(Glue(), SCHEMA).decode(data)


@pytest.mark.parametrize("frame", [framed(body()), framed(zlib.compress(body()), kind=5)])
def test_a_frame_becomes_a_rule(frame):
    rule = Rule.from_record(decode(frame))
    assert (rule.rule_id, rule.is_enabled, rule.updated_at) == ("r", True, 1_700_000_000_000)
    assert rule.any_of[0].max_price_usd == Decimal("300.5")


def test_a_schema_is_asked_for_once():
    glue = Glue()
    reader = FrameReader(glue, SCHEMA)
    assert [reader.decode(framed(body()))["rule_id"] for _ in range(3)] == ["r"] * 3
    assert glue.calls == 1


def test_the_number_of_remembered_schemas_is_bounded():
    versions = [UUID(int=n) for n in range(MAX_SCHEMAS + 1)]
    glue = Glue(**{str(version): SCHEMA for version in versions})
    reader = FrameReader(glue, SCHEMA)
    for version in (*versions, versions[0]):
        reader.decode(framed(body(), version=version))
    assert glue.calls == MAX_SCHEMAS + 2


def test_a_record_of_a_newer_schema_is_read_as_this_one():
    newer = SCHEMA | {
        "fields": [*SCHEMA["fields"], {"name": "colour", "type": "string", "default": ""}]
    }
    other = UUID(int=5)
    reader = FrameReader(Glue(**{str(other): newer}), SCHEMA)
    record = reader.decode(framed(body(RECORD | {"colour": "red"}, newer), version=other))
    assert "colour" not in record
    assert record["any_of"][0]["words"] == ["tv"]


def varint(number: int) -> bytes:
    number, out = (number << 1) ^ (number >> 63), b""
    while number > 0x7F:
        out, number = out + bytes([number & 0x7F | 0x80]), number >> 7
    return out + bytes([number])


BOMB = zlib.compress(bytes(8 * MAX_BODY_BYTES), 9)
BAD = [
    (b"", "empty_record"),
    (b"\x03\x00abc", "truncated_frame"),
    (b"\x02" + framed(body())[1:], "bad_header_version"),
    (framed(body(), kind=7), "bad_compression"),
    (framed(body(), version=UUID(int=9)), "unknown_schema_version"),
    (framed(b"not zlib", kind=5), "corrupt_zlib"),
    (framed(zlib.compress(body())[:-3], kind=5), "corrupt_zlib"),
    (framed(BOMB, kind=5), "zlib_bomb"),
    (framed(varint(2**40) + b"x"), "absurd_length"),
    (framed(varint(-7) + b"x"), "absurd_length"),
    (framed(bytes(MAX_BODY_BYTES + 1)), "absurd_length"),
    (framed(body()[:-1]), "truncated_avro"),
    (framed(b"\x02r\x02n\x01" + varint(2**40)), "truncated_avro"),
    (framed(b""), "truncated_avro"),
    (framed(body() + b"\x00"), "trailing_bytes"),
    (framed(zlib.compress(body()) + b"\x00", kind=5), "trailing_bytes"),
    (framed(b"\x02\xff" + body()[2:]), "malformed_avro"),
    (framed(b"\x02r\x02n\x01\x02" + bytes(8) + b"\x09"), "malformed_avro"),  # no such branch
]


@pytest.mark.parametrize(("frame", "reason"), BAD)
def test_bad_bytes_are_an_error_with_their_reason(frame, reason):
    with pytest.raises(FrameError) as caught:
        decode(frame)
    assert caught.value.reason == reason


def test_a_schema_of_another_record_is_incompatible():
    other = UUID(int=5)
    schema = {"type": "record", "name": "Other", "fields": [{"name": "n", "type": "int"}]}
    with pytest.raises(FrameError, match="incompatible_schema"):
        FrameReader(Glue(**{str(other): schema}), SCHEMA).decode(
            framed(body({"n": 1}, schema), version=other)
        )


@pytest.mark.parametrize("frame", [framed(BOMB, kind=5), framed(varint(2**40) + b"x")])
def test_hostile_sizes_allocate_little(frame):
    reader = FrameReader(Glue(), SCHEMA)
    tracemalloc.start()
    with pytest.raises(FrameError):
        reader.decode(frame)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 5 * MAX_BODY_BYTES


@given(st.binary(max_size=200), st.sampled_from([0, 5]))
def test_no_bytes_raise_anything_but_a_frame_error(content, kind):
    packed = zlib.compress(content) if kind else content
    try:
        decode(framed(packed, kind=kind))
    except FrameError as error:
        assert error.reason in Reason  # noqa: PT017 - decoding is allowed to succeed


def test_glue_that_does_not_answer_is_not_the_records_fault():
    class Broken:
        def get_schema_version(self, SchemaVersionId: str) -> None:
            raise ClientError({"Error": {"Code": "ThrottlingException"}}, "GetSchemaVersion")

    with pytest.raises(ClientError):
        FrameReader(Broken(), SCHEMA).decode(framed(body()))


def test_reasons_are_symbols_of_the_dead_letter_schema():
    schema = json.loads((SCHEMAS / "deals.dlq.avsc").read_text("utf-8"))
    reason = next(field["type"] for field in schema["fields"] if field["name"] == "reason")
    assert set(Reason) <= set(reason["symbols"])
