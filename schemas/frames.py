"""The envelope of a record: AWS Glue's frame around an Avro body.

    0x03 | 0x00 or 0x05 (zlib) | schema version id, 16 bytes big endian | body

The frame of PyPI's aws-glue-schema-registry is the same (a test), but that client inflates without
a limit and takes what is cut short for a wrong id, so hostile records need a reader of our own.
"""

import zlib
from enum import StrEnum
from uuid import UUID

HEADER_VERSION = 0x03
COMPRESSION_NONE = 0x00
COMPRESSION_ZLIB = 0x05
HEADER_BYTES = 18

# Far above any record a topic takes (topics.py), far below what hurts: zlib alone inflates 1:1000.
MAX_BODY_BYTES = 16 * 1024 * 1024


class Reason(StrEnum):
    """Why bytes are no record; these are symbols of DeadLetter.Reason (a test).

    The order is the order of the checks: of several faults the first one here is named.
    """

    EMPTY_RECORD = "empty_record"
    TRUNCATED_FRAME = "truncated_frame"
    BAD_HEADER_VERSION = "bad_header_version"
    BAD_COMPRESSION = "bad_compression"
    ZLIB_BOMB = "zlib_bomb"
    CORRUPT_ZLIB = "corrupt_zlib"
    UNKNOWN_SCHEMA_VERSION = "unknown_schema_version"
    ABSURD_LENGTH = "absurd_length"
    TRUNCATED_AVRO = "truncated_avro"
    MALFORMED_AVRO = "malformed_avro"
    TRAILING_BYTES = "trailing_bytes"
    INCOMPATIBLE_SCHEMA = "incompatible_schema"


class BadRecordError(ValueError):
    """Bytes that are no record of ours; the only error that reading a record raises."""

    def __init__(self, reason: Reason, detail: str) -> None:
        """Keep the reason as data, the detail for people; the payload is in neither."""
        super().__init__(f"{reason}: {detail}")
        self.reason = reason
        self.detail = detail


def frame(version_id: UUID, body: bytes, *, compression: str | None = None) -> bytes:
    """Put a body into an envelope.

    Args:
        version_id: id of the schema version that the body was written with.
        body: Avro binary.
        compression: None or "zlib".

    Raises:
        ValueError: the compression has no byte in the format.
    """
    if compression not in (None, "zlib"):
        message = f"compression is None or 'zlib', not {compression!r}"
        raise ValueError(message)
    kind = COMPRESSION_NONE if compression is None else COMPRESSION_ZLIB
    packed = body if compression is None else zlib.compress(body)
    return bytes((HEADER_VERSION, kind)) + version_id.bytes + packed


def unframe(value: bytes | None) -> tuple[UUID, bytes]:
    """Open an envelope.

    Returns:
        The writer's schema version id, and the body, inflated, at most MAX_BODY_BYTES.

    Raises:
        BadRecordError: this is no frame; never more than MAX_BODY_BYTES are inflated to find out.
    """
    if not value:
        raise BadRecordError(Reason.EMPTY_RECORD, "the record has no value")
    if len(value) < HEADER_BYTES:
        detail = f"{len(value)} bytes are less than the {HEADER_BYTES} of a frame's header"
        raise BadRecordError(Reason.TRUNCATED_FRAME, detail)
    if value[0] != HEADER_VERSION:
        raise BadRecordError(Reason.BAD_HEADER_VERSION, f"first byte is 0x{value[0]:02x}, not 0x03")
    version_id = UUID(bytes=bytes(value[2:HEADER_BYTES]))
    body = bytes(value[HEADER_BYTES:])
    if value[1] == COMPRESSION_ZLIB:
        return version_id, _inflated(body)
    if value[1] != COMPRESSION_NONE:
        detail = f"compression byte is 0x{value[1]:02x}, neither 0x00 nor 0x05"
        raise BadRecordError(Reason.BAD_COMPRESSION, detail)
    return version_id, body


def _inflated(packed: bytes) -> bytes:
    inflater = zlib.decompressobj()
    try:
        body = inflater.decompress(packed, MAX_BODY_BYTES + 1)
    except zlib.error as error:
        raise BadRecordError(Reason.CORRUPT_ZLIB, str(error)) from error
    if len(body) > MAX_BODY_BYTES:
        raise BadRecordError(Reason.ZLIB_BOMB, f"inflates to more than {MAX_BODY_BYTES} bytes")
    if not inflater.eof:
        raise BadRecordError(Reason.CORRUPT_ZLIB, "the zlib stream is cut short")
    if inflater.unused_data:
        detail = f"{len(inflater.unused_data)} bytes follow the zlib stream"
        raise BadRecordError(Reason.TRAILING_BYTES, detail)
    return body
