import json
import os
import tracemalloc
from pathlib import Path
from uuid import UUID

import pytest
from aws_schema_registry import codec as pypi

from schemas import definitions
from schemas.codec import Codec
from schemas.frames import MAX_BODY_BYTES, BadRecordError, Reason, frame, unframe
from schemas.registry import UnknownVersionError
from tests.schemas import frame_vectors
from tests.schemas.records import example

FILE = Path(__file__).with_name("frames.json")

if os.environ.get("REGENERATE") == "1":
    content = {
        "schema": frame_vectors.TOPIC,
        "schema_version_id": str(frame_vectors.KNOWN),
        "frames": frame_vectors.vectors(),
    }
    FILE.write_text(json.dumps(content, indent=1) + "\n", encoding="utf-8")

VECTORS = json.loads(FILE.read_text(encoding="utf-8"))


class OneVersion:
    """A registry that knows one version id."""

    def version_id(self, _schema_name: str) -> UUID:
        return UUID(VECTORS["schema_version_id"])

    def definition(self, version_id: UUID) -> dict[str, object]:
        if version_id != self.version_id(""):
            raise UnknownVersionError(version_id)
        return definitions.definition(VECTORS["schema"])


@pytest.mark.parametrize("vector", VECTORS["frames"], ids=lambda vector: vector["name"])
def test_each_frame_of_the_shared_vectors_gets_its_reason(vector):
    value = None if vector["frame"] is None else bytes.fromhex(vector["frame"])
    codec = Codec(OneVersion())
    if vector["reason"] is None:
        assert codec.decode(value)["source"]
    else:
        with pytest.raises(BadRecordError) as caught:
            codec.decode(value)
        assert caught.value.reason == vector["reason"]


def test_the_vectors_hold_every_reason_that_a_frame_can_have():
    reasons = {vector["reason"] for vector in VECTORS["frames"]} - {None}
    assert reasons == set(Reason) - {Reason.INCOMPATIBLE_SCHEMA}


def test_every_reason_is_a_symbol_of_the_dead_letter():
    fields = {field["name"]: field for field in definitions.definition("deals.dlq")["fields"]}
    assert set(Reason) <= set(fields["reason"]["type"]["symbols"])


def test_the_plain_frames_hold_the_example():
    for vector in VECTORS["frames"][:2]:
        decoded = Codec(OneVersion()).decode(bytes.fromhex(vector["frame"]))
        assert decoded == example("deals.raw")


def test_a_zlib_bomb_costs_no_more_memory_than_the_limit():
    bomb = next(row["frame"] for row in VECTORS["frames"] if row["reason"] == "zlib_bomb")
    value = bytes.fromhex(bomb)
    tracemalloc.start()
    try:
        with pytest.raises(BadRecordError, match="zlib_bomb"):
            unframe(value)
        assert tracemalloc.get_traced_memory()[1] < 2.5 * MAX_BODY_BYTES
    finally:
        tracemalloc.stop()


@pytest.mark.parametrize("compression", [None, "zlib"])
def test_the_pypi_client_reads_our_envelope(compression):
    value = frame(frame_vectors.KNOWN, b"body", compression=compression)
    assert pypi.decode(value) == (b"body", frame_vectors.KNOWN)


@pytest.mark.parametrize("compression", [None, "zlib"])
def test_we_read_the_envelope_of_the_pypi_client(compression):
    assert unframe(pypi.encode(b"body", frame_vectors.KNOWN, compression)) == (
        frame_vectors.KNOWN,
        b"body",
    )


def test_an_unknown_compression_is_refused_when_writing():
    with pytest.raises(ValueError, match="'lz4'"):
        frame(frame_vectors.KNOWN, b"", compression="lz4")
