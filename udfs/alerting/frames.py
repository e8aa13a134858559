"""Reads Glue-framed Avro, taking nothing in it on trust.

A frame is 0x03, then 0x00 (plain) or 0x05 (zlib), a 16-byte schema version id, the Avro body. Here
for the few records of the rules topic; the other topics are decoded in the JVM.
"""

import io
import json
import zlib
from collections import OrderedDict
from collections.abc import Mapping
from enum import StrEnum
from typing import Any
from uuid import UUID

from botocore.exceptions import ClientError
from fastavro import parse_schema, schemaless_reader
from fastavro._read_common import SchemaResolutionError

HEADER_BYTES = 18
HEADER_VERSION = 3
PLAIN, ZLIB = 0, 5
# The largest rule that validation lets through is far below; a decoded body is some 100 times this.
MAX_BODY_BYTES = 1 << 20
# Schema versions remembered; a topic sees a handful.
MAX_SCHEMAS = 64


class Reason(StrEnum):
    """Why; symbols of DeadLetter.Reason in schemas/deals.dlq.avsc (a test)."""

    EMPTY_RECORD = "empty_record"
    TRUNCATED_FRAME = "truncated_frame"
    BAD_HEADER_VERSION = "bad_header_version"
    BAD_COMPRESSION = "bad_compression"
    UNKNOWN_SCHEMA_VERSION = "unknown_schema_version"
    CORRUPT_ZLIB = "corrupt_zlib"
    ZLIB_BOMB = "zlib_bomb"
    ABSURD_LENGTH = "absurd_length"
    TRUNCATED_AVRO = "truncated_avro"
    TRAILING_BYTES = "trailing_bytes"
    MALFORMED_AVRO = "malformed_avro"
    INCOMPATIBLE_SCHEMA = "incompatible_schema"


class FrameError(ValueError):
    """Bytes that are no record; `reason` says why."""

    def __init__(self, reason: Reason, detail: str = "") -> None:
        """Keep the reason apart from the words for people."""
        super().__init__(f"{reason}: {detail}" if detail else reason)
        self.reason = reason


class _Body(io.BytesIO):
    """A body that refuses an absurd length before anything is allocated for it.

    fastavro names its errors by what it met: that bytes were missing is only known here.
    """

    ran_out = False

    def read(self, size: int | None = -1, /) -> bytes:
        if size is None or size < 0 or size > MAX_BODY_BYTES:
            raise FrameError(Reason.ABSURD_LENGTH, f"a length of {size} bytes")
        found = super().read(size)
        self.ran_out |= len(found) < size
        return found


class FrameReader:
    """Decodes frames of one topic into records of the reader's schema; not thread-safe."""

    def __init__(self, glue: Any, reader_schema: Mapping[str, Any]) -> None:
        """Remember where schemas come from; nothing is called yet.

        Args:
            glue: A boto3 Glue client, with its own time-outs and retries.
            reader_schema: The Avro schema that this code understands, as parsed JSON.
        """
        self._glue = glue
        self._reader_schema = parse_schema(dict(reader_schema))
        self._writer_schemas: OrderedDict[UUID, Any] = OrderedDict()

    def decode(self, frame: bytes) -> dict[str, Any]:
        """Decode one frame.

        Raises:
            FrameError: the bytes are no record; says why.
            Exception: what boto3 raises when Glue does not answer: that is not the record's fault.
        """
        schema = self._writer_schema(_version(frame))
        stream = _Body(_body(frame))
        try:
            record = schemaless_reader(stream, schema, self._reader_schema)
        except FrameError:
            raise
        except SchemaResolutionError as error:
            raise FrameError(Reason.INCOMPATIBLE_SCHEMA, str(error)) from None
        # What fastavro raises at the end of the body, on a wrong union branch, enum index or text.
        except (EOFError, LookupError, TypeError, ValueError, ArithmeticError) as error:
            reason = Reason.TRUNCATED_AVRO if stream.ran_out else Reason.MALFORMED_AVRO
            raise FrameError(reason, type(error).__name__) from None
        if stream.tell() != len(stream.getbuffer()):
            raise FrameError(Reason.TRAILING_BYTES)
        if not isinstance(record, dict):
            raise FrameError(Reason.INCOMPATIBLE_SCHEMA, "not a record")
        return record

    def _writer_schema(self, version: UUID) -> Any:
        if version in self._writer_schemas:
            self._writer_schemas.move_to_end(version)
            return self._writer_schemas[version]
        try:
            answer = self._glue.get_schema_version(SchemaVersionId=str(version))
        except ClientError as error:
            if error.response["Error"]["Code"] == "EntityNotFoundException":
                raise FrameError(Reason.UNKNOWN_SCHEMA_VERSION, str(version)) from None
            raise
        schema = parse_schema(json.loads(answer["SchemaDefinition"]))
        self._writer_schemas[version] = schema
        if len(self._writer_schemas) > MAX_SCHEMAS:
            self._writer_schemas.popitem(last=False)
        return schema


def _version(frame: bytes) -> UUID:
    if not frame:
        raise FrameError(Reason.EMPTY_RECORD)
    if frame[0] != HEADER_VERSION:
        raise FrameError(Reason.BAD_HEADER_VERSION, f"first byte is {frame[0]}")
    if len(frame) < HEADER_BYTES:
        raise FrameError(Reason.TRUNCATED_FRAME, f"{len(frame)} bytes")
    if frame[1] not in (PLAIN, ZLIB):
        raise FrameError(Reason.BAD_COMPRESSION, f"second byte is {frame[1]}")
    return UUID(bytes=frame[2:HEADER_BYTES])


def _body(frame: bytes) -> bytes:
    packed = frame[HEADER_BYTES:]
    if frame[1] == PLAIN:
        if len(packed) > MAX_BODY_BYTES:
            raise FrameError(Reason.ABSURD_LENGTH, f"a body of {len(packed)} bytes")
        return packed
    inflater = zlib.decompressobj()
    try:
        body = inflater.decompress(packed, MAX_BODY_BYTES + 1)
    except zlib.error:
        raise FrameError(Reason.CORRUPT_ZLIB) from None
    if len(body) > MAX_BODY_BYTES:
        raise FrameError(Reason.ZLIB_BOMB, f"more than {MAX_BODY_BYTES} bytes")
    if not inflater.eof:
        raise FrameError(Reason.CORRUPT_ZLIB, "ends too early")
    if inflater.unused_data:
        raise FrameError(Reason.TRAILING_BYTES, "after the compressed body")
    return body
