"""Golden payloads of every released schema version. REGENERATE=1 rewrites the newest version's."""

import json
import os
from pathlib import Path

import pytest

from schemas import definitions
from schemas.codec import AvroSchema, shipped
from schemas.compatibility import incompatibilities
from schemas.values import to_json
from tests.schemas.records import EXAMPLES, example_of

JSON_FILES = sorted(EXAMPLES.glob("*.json"))


def topic_of(path: Path) -> str:
    return path.stem.rpartition(".")[0]


def newest(topic: str) -> Path:
    return max(
        EXAMPLES.glob(f"{topic}.v*.json"), key=lambda file: int(file.stem.rpartition("v")[2])
    )


@pytest.fixture(scope="module", autouse=True)
def regenerated() -> None:
    if os.environ.get("REGENERATE") == "1":
        for topic in definitions.TOPICS:
            path = newest(topic)
            path.with_suffix(".avro").write_bytes(shipped(topic).write(example_of(topic, path)))
            text = json.dumps(definitions.definition(topic), separators=(",", ":"))
            path.with_suffix(".avsc").write_text(text + "\n", encoding="utf-8")


@pytest.mark.parametrize("topic", definitions.TOPICS)
def test_every_topic_has_an_example_of_its_current_schema(topic):
    released = json.loads(newest(topic).with_suffix(".avsc").read_text(encoding="utf-8"))
    assert released == definitions.definition(topic), (
        f"{topic}.avsc changed: add examples/{topic}.v<next>.json, or REGENERATE=1 if the newest "
        "version was never released"
    )


@pytest.mark.parametrize("path", JSON_FILES, ids=lambda path: path.stem)
def test_the_current_schema_reads_the_released_bytes(path):
    topic = topic_of(path)
    writer = AvroSchema.of(json.loads(path.with_suffix(".avsc").read_text(encoding="utf-8")))
    record = writer.read(path.with_suffix(".avro").read_bytes(), shipped(topic))
    assert record == example_of(topic, path)


@pytest.mark.parametrize("path", JSON_FILES, ids=lambda path: path.stem)
def test_the_current_schema_is_compatible_with_the_released_one(path):
    released = json.loads(path.with_suffix(".avsc").read_text(encoding="utf-8"))
    assert incompatibilities(definitions.definition(topic_of(path)), released) == []


@pytest.mark.parametrize("path", JSON_FILES, ids=lambda path: path.stem)
def test_the_newest_example_encodes_to_the_golden_bytes(path):
    topic = topic_of(path)
    if path == newest(topic):
        assert shipped(topic).write(example_of(topic, path)) == (
            path.with_suffix(".avro").read_bytes()
        )


@pytest.mark.parametrize("path", JSON_FILES, ids=lambda path: path.stem)
def test_the_json_form_of_a_decoded_record_is_the_example(path):
    topic = topic_of(path)
    writer = AvroSchema.of(json.loads(path.with_suffix(".avsc").read_text(encoding="utf-8")))
    line = to_json(writer.read(path.with_suffix(".avro").read_bytes(), shipped(topic)))
    # As text: 149.9900 must not have become 149.99 or 149.98999999999998.
    original = json.loads(path.read_text(encoding="utf-8"), parse_float=str)
    decoded = json.loads(line, parse_float=str)
    assert {name: decoded[name] for name in original} == original
    # What the release did not know has the value that the current schema gives it.
    added = {each["name"]: each for each in definitions.definition(topic)["fields"]}
    for name in decoded.keys() - original.keys():
        assert decoded[name] == added[name]["default"]


@pytest.mark.parametrize("topic", definitions.TOPICS)
def test_an_example_fills_every_field(topic):
    record = example_of(topic, newest(topic))
    assert [name for name, value in record.items() if value is None] == []
