"""schemas/asyncapi.yaml against the topics, and against what AsyncAPI 3 allows of what it uses."""

import json
from decimal import Decimal
from typing import Any, Literal

import fastavro
import pytest
import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from schemas import definitions
from schemas.codec import shipped
from schemas.topics import TopicSpec, topic_specs
from scripts import asyncapi


class Part(BaseModel):
    """An object of the specification: it has no other fields than these."""

    model_config = ConfigDict(extra="forbid", strict=True)


class Reference(Part):
    ref: str = Field(alias="$ref", pattern="^#/")


class ServerBinding(Part):
    schemaRegistryUrl: str
    schemaRegistryVendor: str
    bindingVersion: Literal["0.5.0"]


class TopicConfiguration(Part):
    cleanup_policy: list[Literal["compact", "delete"]] = Field(alias="cleanup.policy")
    retention_ms: int | None = Field(None, alias="retention.ms", gt=0)
    delete_retention_ms: int | None = Field(None, alias="delete.retention.ms", gt=0)
    max_message_bytes: int = Field(alias="max.message.bytes", gt=0)
    timestamps: Literal["LogAppendTime"] = Field(alias="message.timestamp.type")


class ChannelBinding(Part):
    topic: str
    partitions: int = Field(gt=0)
    topicConfiguration: TopicConfiguration
    bindingVersion: Literal["0.5.0"]


class Key(Part):
    type: Literal["string"]
    description: str


class MessageBinding(Part):
    key: Key
    schemaIdLocation: Literal["header", "payload"]
    schemaIdPayloadEncoding: str
    schemaLookupStrategy: str
    bindingVersion: Literal["0.5.0"]


class Variable(Part):
    description: str
    default: str


class Server(Part):
    host: str
    protocol: Literal["kafka", "kafka-secure"]
    description: str
    variables: dict[str, Variable] = {}
    security: list[Reference] = []
    bindings: dict[Literal["kafka"], ServerBinding]


class Channel(Part):
    address: str
    summary: str
    messages: dict[str, Reference]
    bindings: dict[Literal["kafka"], ChannelBinding]


class Operation(Part):
    action: Literal["send", "receive"]
    channel: Reference
    messages: list[Reference] = Field(min_length=1)


class Payload(Part):
    schemaFormat: Literal["application/vnd.apache.avro;version=1.9.0"]
    body: dict[str, Any] = Field(alias="schema")


class Example(Part):
    name: str
    payload: dict[str, Any]


class MessageObject(Part):
    name: str
    title: str
    summary: str
    description: str
    contentType: str
    headers: dict[str, Any]
    payload: Payload
    examples: list[Example]
    bindings: dict[Literal["kafka"], MessageBinding]


class SecurityScheme(Part):
    type: Literal["http"]
    scheme: Literal["bearer"]
    bearerFormat: str
    description: str


class Components(Part):
    messages: dict[str, MessageObject]
    securitySchemes: dict[str, SecurityScheme]


class Licence(Part):
    name: str
    url: str


class Info(Part):
    title: str
    version: str
    description: str
    license: Licence


class Document(Part):
    asyncapi: Literal["3.0.0"]
    info: Info
    defaultContentType: str
    servers: dict[str, Server]
    channels: dict[str, Channel]
    operations: dict[str, Operation]
    components: Components


@pytest.fixture(scope="module")
def written():
    """The file, as any reader of YAML sees it."""
    return yaml.safe_load(asyncapi.TARGET.read_text("utf-8"))


def message(document, topic):
    (found,) = (
        document["components"]["messages"][name] for name in document["channels"][topic]["messages"]
    )
    return found


def references(value):
    if isinstance(value, dict):
        if isinstance(value.get("$ref"), str):
            yield value["$ref"]
        for each in value.values():
            yield from references(each)
    elif isinstance(value, list):
        for each in value:
            yield from references(each)


def resolve(document, reference):
    found = document
    for name in reference.removeprefix("#/").split("/"):
        found = found[name]
    return found


def test_the_file_is_as_the_schemas_and_topics_make_it():
    assert asyncapi.main(["--check"]) == 0, "run python -m scripts.asyncapi"


def test_the_file_uses_only_what_asyncapi_has(written):
    Document.model_validate(written)


@pytest.mark.parametrize("path", ["channels/deals.raw/adress", "servers/local/url", "info/x"])
def test_what_asyncapi_does_not_have_is_found(written, path):
    broken = json.loads(json.dumps(written))
    *above, name = path.split("/")
    resolve(broken, "/".join(above))[name] = "x"
    with pytest.raises(ValidationError, match="Extra inputs are not permitted"):
        Document.model_validate(broken)


def test_every_reference_leads_somewhere(written):
    found = list(references(written))
    assert len(found) > 3 * len(definitions.TOPICS)
    for reference in found:
        assert resolve(written, reference), reference


def test_every_topic_has_its_channel_with_its_settings(written):
    assert tuple(written["channels"]) == definitions.TOPICS
    for spec in topic_specs():
        binding = written["channels"][spec.name]["bindings"]["kafka"]
        settings = binding["topicConfiguration"]
        assert settings.get("retention.ms") == spec.retention_ms
        assert settings["cleanup.policy"] == spec.config()["cleanup.policy"].split(",")
        assert binding["partitions"] == spec.partitions


@pytest.mark.parametrize("topic", definitions.TOPICS)
def test_payloads_are_the_avro_schemas_and_their_samples_fit(written, topic):
    found = message(written, topic)
    schema = found["payload"]["schema"]
    assert schema == definitions.definition(topic)
    fastavro.parse_schema(schema)
    (sample,) = found["examples"]
    exact = json.loads(json.dumps(sample["payload"]), parse_float=Decimal)
    assert shipped(topic).write(exact, from_json=True)


def test_keys_are_those_that_the_jobs_write(written):
    from flink_jobs.tables import KEYS

    for topic, key in KEYS.items():
        described = message(written, topic)["bindings"]["kafka"]["key"]["description"]
        assert described.split()[0] == key


def test_a_new_topic_is_in_it_without_a_change(monkeypatch):
    schema = {"type": "record", "name": "New", "doc": "x; topic deals.new, key a:b.", "fields": []}
    known = definitions.definition
    monkeypatch.setattr(
        definitions, "definition", lambda topic: schema if topic == "deals.new" else known(topic)
    )
    monkeypatch.setattr(asyncapi, "_example", lambda _: {})
    made = asyncapi.document([*topic_specs(), TopicSpec("deals.new", None, 7)])
    Document.model_validate(made)
    assert made["channels"]["deals.new"]["bindings"]["kafka"]["partitions"] == 7
    assert message(made, "deals.new")["bindings"]["kafka"]["key"]["description"] == "a:b"
    assert made["operations"]["sendNew"]["action"] == "send"


def test_a_schema_that_does_not_name_its_key_is_an_error(monkeypatch):
    monkeypatch.setattr(definitions, "definition", lambda _: {"doc": "A record."})
    with pytest.raises(ValueError, match=r"deals\.x\.avsc: its doc must end with"):
        asyncapi.key_of("deals.x")
