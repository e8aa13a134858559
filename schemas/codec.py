"""Encode and decode records for the scanner, the command-line tools and the tests.

The jobs themselves use the format of the JVM module; the vectors in tests/schemas/frames.json hold
both to the same answers. fastavro does the Avro; what it takes on trust is checked before.
"""

import io
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Protocol
from uuid import UUID

import fastavro
from fastavro.read import SchemaResolutionError

from schemas import definitions
from schemas.avro_body import check_body
from schemas.frames import BadRecordError, Reason, frame, unframe
from schemas.registry import UnknownVersionError
from schemas.values import conform


class SchemaVersions(Protocol):
    """The part of the registry that a codec needs."""

    def version_id(self, schema_name: str) -> UUID:
        """Id of the shipped schema's version."""

    def definition(self, version_id: UUID) -> dict[str, Any]:
        """The schema with this version id.

        Raises:
            UnknownVersionError: the registry has none.
        """


@dataclass(frozen=True)
class AvroSchema:
    """A parsed schema.

    Only decimals keep their logical type: times stay the epoch milliseconds they are in the bytes,
    for a hostile time of the year 10^8 is a number, but no datetime.
    """

    parsed: Any
    names: dict[str, Any]
    timed: Any
    timed_names: dict[str, Any]

    @classmethod
    def of(cls, definition: dict[str, Any]) -> "AvroSchema":
        """Parse a definition."""
        names: dict[str, Any] = {}
        timed_names: dict[str, Any] = {}
        parsed = fastavro.parse_schema(_without_times(definition), named_schemas=names)
        timed = fastavro.parse_schema(definition, named_schemas=timed_names)
        return cls(parsed, names, timed, timed_names)

    def write(self, record: dict[str, Any], *, from_json: bool = False) -> bytes:
        """Avro binary of a record (see values.py for what fits).

        Raises:
            InvalidValueError: names the field that does not fit.
        """
        checked = conform(self.timed, self.timed_names, record, from_json=from_json)
        body = io.BytesIO()
        fastavro.schemaless_writer(body, self.parsed, checked)
        return body.getvalue()

    def read(self, body: bytes, reader: "AvroSchema | None" = None) -> dict[str, Any]:
        """The record in a body that this schema wrote, seen through `reader` if one is given.

        Raises:
            BadRecordError: the body is not exactly one sound record, or `reader` cannot read it.
        """
        check_body(self.parsed, self.names, body)
        view = None if reader is None else reader.parsed
        try:
            record: Any = fastavro.schemaless_reader(io.BytesIO(body), self.parsed, view)
        except (SchemaResolutionError, UnicodeDecodeError) as error:  # the latter: bytes as text
            raise BadRecordError(Reason.INCOMPATIBLE_SCHEMA, str(error)) from error
        return dict(record)


@lru_cache
def shipped(topic: str) -> AvroSchema:
    """The schema of a topic as this version of Deal Finder ships it."""
    return AvroSchema.of(definitions.definition(topic))


class Codec:
    """Glue frames to and from records, with the ids of one registry."""

    def __init__(self, versions: SchemaVersions) -> None:
        """Take the registry; nothing is asked of it before the first record."""
        self._versions = versions
        self._schemas: dict[UUID, AvroSchema] = {}

    def encode(
        self, topic: str, record: dict[str, Any], *, compression: str | None = None
    ) -> bytes:
        """A record of a topic as the bytes that go to Kafka.

        Args:
            topic: one of ours; its registered schema version is written into the frame.
            record: values as values.py describes them.
            compression: None or "zlib".

        Raises:
            InvalidValueError: names the field that does not fit.
            RegistryError: the schema is not registered, or the registry does not answer.
        """
        body = shipped(topic).write(record)
        return frame(self._versions.version_id(topic), body, compression=compression)

    def decode(self, value: bytes | None, *, topic: str | None = None) -> dict[str, Any]:
        """The record in a Kafka value.

        Args:
            value: the bytes, whoever wrote them.
            topic: read as this topic's shipped schema (fields added since take their default);
                None reads what was written.

        Raises:
            BadRecordError: the bytes are no record; says why by one of the closed list of reasons.
            RegistryError: the registry does not answer; that says nothing about the record.
        """
        version_id, body = unframe(value)
        reader = None if topic is None else shipped(topic)
        return self._writer(version_id).read(body, reader)

    def _writer(self, version_id: UUID) -> AvroSchema:
        if version_id not in self._schemas:
            try:
                definition = self._versions.definition(version_id)
            except UnknownVersionError as error:
                raise BadRecordError(Reason.UNKNOWN_SCHEMA_VERSION, str(error)) from error
            self._schemas[version_id] = AvroSchema.of(definition)
        return self._schemas[version_id]


def _without_times(schema: Any) -> Any:
    if isinstance(schema, list):
        return [_without_times(branch) for branch in schema]
    if not isinstance(schema, dict):
        return schema
    is_kept = schema.get("logicalType") == "decimal"
    return {
        key: _without_times(value) if key in ("type", "fields", "items", "values") else value
        for key, value in schema.items()
        if key != "logicalType" or is_kept
    }
