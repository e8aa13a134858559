"""Producers of other schema versions than the jobs', while the jobs run."""

import json
import uuid
from collections.abc import Callable
from copy import deepcopy
from typing import Any

import pytest

from schemas import definitions
from schemas.codec import AvroSchema
from schemas.compatibility import incompatibilities
from schemas.frames import frame
from schemas.registry import glue_client
from tests.application import START_MS, Running
from tests.schemas.records import example

pytestmark = pytest.mark.broker

Schema = dict[str, Any]
STAGES = {
    "deals.raw": {"parse_deals"},
    "deals.parsed": {"evaluate_deals"},
    "deals.evaluated": {"index_deals", "alert_deals", "summarise_deals"},
    "deals.stats": {"index_deals"},
    "deals.rules": {"alert_deals"},
}


def newer(schema: Schema) -> Schema:
    """One more optional field, unknown to the jobs."""
    name = f"later_{uuid.uuid4().hex[:6]}"
    schema["fields"].append({"name": name, "type": ["null", "string"], "default": None})
    return schema


def older(schema: Schema) -> Schema:
    """Without the last field that has a default, as before it was added."""
    last = next(field for field in reversed(schema["fields"]) if "default" in field)
    schema["fields"].remove(last)
    schema["doc"] = uuid.uuid4().hex  # a version of its own
    return schema


def narrower(schema: Schema) -> Schema:
    """Its first double, if it has one, a float: what the jobs read as wider."""
    for field in schema["fields"]:
        kinds = field["type"] if isinstance(field["type"], list) else [field["type"]]
        if "double" in kinds:
            field["type"] = ["null", "float"] if len(kinds) > 1 else "float"
            break
    schema["doc"] = uuid.uuid4().hex
    return schema


def foreign(schema: Schema) -> Schema:
    """A field that the jobs demand under another name: forced in past the check."""
    field = next(field for field in schema["fields"] if "default" not in field)
    field["name"] = f"{field['name']}_{uuid.uuid4().hex[:6]}"
    return schema


def written(running: Running, topic: str, change: Callable[[Schema], Schema], record: Any) -> bytes:
    """A record in a changed version of its schema, which is registered, checked or not."""
    schema = change(deepcopy(definitions.definition(topic)))
    problems = incompatibilities(definitions.definition(topic), schema)
    assert bool(problems) == (change is foreign), problems
    glue = glue_client("us-east-1", running.stack.endpoints().aws_endpoint_url)
    version = glue.register_schema_version(
        SchemaId={"RegistryName": "deal-finder", "SchemaName": topic},
        SchemaDefinition=json.dumps(schema),
    )["SchemaVersionId"]
    names = [field["name"] for field in schema["fields"]]
    known = {name: record.get(name) for name in names}
    for name in names:  # of the foreign one: the value goes under the new name
        if name not in record and change is foreign:
            known[name] = record[name.rpartition("_")[0]]
    return frame(uuid.UUID(version), AvroSchema.of(schema).write(known))


def sample(topic: str, title: str) -> dict[str, Any]:
    """A record of its own, with a title to be known by."""
    mark = uuid.uuid4().hex
    match topic:
        case "deals.raw":
            return example(
                topic, title=f"{title} $20", item_id=mark, link=f"https://s.example/{mark}"
            )
        case "deals.rules":
            return example(topic, rule_id=mark)
        case "deals.stats":
            return example(topic, window_id=mark)
    return example(
        topic, title=title, deal_id=mark, product_key=title.casefold(), observed_at=START_MS
    )


@pytest.mark.parametrize("change", [newer, older, narrower])
@pytest.mark.parametrize("topic", STAGES)
def test_records_of_other_versions_are_read_by_running_jobs(running: Running, topic, change):
    title = f"Evolving Lamp {uuid.uuid4().hex[:10]}"
    payload = written(running, topic, change, sample(topic, title))
    ((partition, offset),) = running.send(topic, [payload], key=title)
    running.await_passed()
    if topic not in ("deals.rules", "deals.stats"):
        (document,) = running.await_documents(lambda each: title in each["title"])
        assert document["title"].startswith(title)
    letters = running.await_records("deals.dlq", lambda _: True, 0)
    assert (topic, partition, offset) not in {
        (each["topic"], each["partition"], each["offset"]) for each in letters
    }


@pytest.mark.parametrize("topic", sorted(STAGES))
def test_an_incompatible_version_that_was_forced_in_is_a_dead_letter(running: Running, topic):
    payload = written(running, topic, foreign, sample(topic, "Foreign Lamp"))
    ((partition, offset),) = running.send(topic, [payload])
    place = topic, partition, offset
    letters = running.await_records(
        "deals.dlq",
        lambda each: (each["topic"], each["partition"], each["offset"]) == place,
        len(STAGES[topic]),
    )
    assert {each["stage"] for each in letters} == STAGES[topic]
    assert {each["reason"] for each in letters} == {"incompatible_schema"}
    running.await_passed()
