"""`python -m scripts.asyncapi [--check]`: write schemas/asyncapi.yaml from the schemas and topics.

The file says to consumers, and to their tools, what is on each topic (AsyncAPI 3). A new topic and
its schema are in it without a change here.
"""

import argparse
import json
import re
import sys
from collections.abc import Iterable, Sequence
from typing import Any

import yaml

from flink_jobs.dead_letters import CODE_VERSION
from local.ports import LOOPBACK, Ports
from schemas import definitions
from schemas.topics import TopicSpec, topic_specs

TARGET = definitions.FOLDER / "asyncapi.yaml"
AVRO = "application/vnd.apache.avro;version=1.9.0"
BINDING_VERSION = "0.5.0"
# What others than Deal Finder's own tools may write; everything else is ours alone.
OPEN_TOPICS = ("deals.raw", "deals.rules")
FRAME = "03 | 00, or 05 for zlib | 16 bytes: id of the schema version, big endian | Avro"

ABOUT = f"""\
Offers of shops and deal communities, priced, judged and told about, as Kafka topics.

Every value is Avro in a frame of AWS Glue Schema Registry:
{FRAME}.
The id leads to the schema that the record was written with; a schema is registered under its
topic's name. Fields are only ever added, with a default: ignore those that you do not know.
Money is an exact decimal; times are UTC epoch milliseconds of the event, while Kafka's own
timestamp is the broker's (LogAppendTime). Read with isolation.level=read_committed. Delivery is
at least once; ids are the same after any replay, so remember those that you have handled."""


def document(specs: Iterable[TopicSpec]) -> dict[str, Any]:
    """The AsyncAPI document of the topics, as plain data."""
    specs = list(specs)
    return {
        "asyncapi": "3.0.0",
        "info": {
            "title": "Deal Finder",
            "version": CODE_VERSION,
            "description": ABOUT,
            "license": {
                "name": "Apache-2.0",
                "url": "https://www.apache.org/licenses/LICENSE-2.0",
            },
        },
        "defaultContentType": "application/vnd.apache.avro",
        "servers": _servers(),
        "channels": {spec.name: _channel(spec) for spec in specs},
        "operations": dict(_operation(*each) for each in _directions(specs)),
        "components": {
            "messages": {_record(spec.name): _message(spec) for spec in specs},
            "securitySchemes": {
                "mskIam": {
                    "type": "http",
                    "scheme": "bearer",
                    "bearerFormat": "MSK IAM token",
                    "description": (
                        "SASL/OAUTHBEARER over TLS; the token is made by "
                        "aws-msk-iam-sasl-signer of the credentials of an AWS role. Java clients: "
                        "aws-msk-iam-auth, mechanism AWS_MSK_IAM."
                    ),
                }
            },
        },
    }


def _servers() -> dict[str, Any]:
    return {
        "local": {
            "host": f"{LOOPBACK}:{Ports().kafka}",
            "protocol": "kafka",
            "description": "`make up`; the schema registry is moto's, beside it.",
            "bindings": _registry(f"http://{LOOPBACK}:{Ports().aws}"),
        },
        "msk": {
            "host": "{broker}:9098",
            "protocol": "kafka-secure",
            "description": "Amazon MSK.",
            "variables": {
                "broker": {
                    "description": "terraform output platform.bootstrap_servers",
                    "default": "b-1.dealfinder.example.com",
                }
            },
            "security": [{"$ref": "#/components/securitySchemes/mskIam"}],
            "bindings": _registry("https://glue.us-east-1.amazonaws.com"),
        },
    }


def _registry(url: str) -> dict[str, Any]:
    registry = {"schemaRegistryUrl": url, "schemaRegistryVendor": "aws-glue"}
    return {"kafka": registry | {"bindingVersion": BINDING_VERSION}}


def _channel(spec: TopicSpec) -> dict[str, Any]:
    settings: dict[str, Any] = {}
    for name, value in spec.config().items():
        settings[name] = int(value) if value.isdecimal() else value
    settings["cleanup.policy"] = settings["cleanup.policy"].split(",")
    record = _record(spec.name)
    return {
        "address": spec.name,
        "summary": definitions.definition(spec.name)["doc"],
        "messages": {record: {"$ref": f"#/components/messages/{record}"}},
        "bindings": {
            "kafka": {
                "topic": spec.name,
                "partitions": spec.partitions,
                "topicConfiguration": settings,
                "bindingVersion": BINDING_VERSION,
            }
        },
    }


def _directions(specs: Iterable[TopicSpec]) -> Iterable[tuple[str, TopicSpec]]:
    """What Deal Finder does with each topic: AsyncAPI tells it from the application's side."""
    for spec in specs:
        yield "send", spec
        if spec.name in OPEN_TOPICS:
            yield "receive", spec


def _operation(action: str, spec: TopicSpec) -> tuple[str, dict[str, Any]]:
    record = _record(spec.name)
    channel = f"#/channels/{spec.name}"
    return f"{action}{record}", {
        "action": action,
        "channel": {"$ref": channel},
        "messages": [{"$ref": f"{channel}/messages/{record}"}],
    }


def _message(spec: TopicSpec) -> dict[str, Any]:
    schema = definitions.definition(spec.name)
    tombstone = " A record without a value removes its key." if spec.is_compacted else ""
    return {
        "name": schema["name"],
        "title": schema["name"],
        "summary": schema["doc"],
        "description": f"Avro in a frame of AWS Glue Schema Registry: {FRAME}.{tombstone}",
        "contentType": "application/vnd.apache.avro",
        "headers": {"type": "object", "description": "None are set.", "maxProperties": 0},
        "payload": {"schemaFormat": AVRO, "schema": schema},
        "examples": [{"name": "sample", "payload": _example(spec.name)}],
        "bindings": {
            "kafka": {
                "key": {"type": "string", "description": key_of(spec.name)},
                "schemaIdLocation": "payload",
                "schemaIdPayloadEncoding": "aws-glue: bytes 2 to 17, a UUID",
                "schemaLookupStrategy": "the topic's name is the schema's",
                "bindingVersion": BINDING_VERSION,
            }
        },
    }


def _record(topic: str) -> str:
    name: str = definitions.definition(topic)["name"]
    return name


def key_of(topic: str) -> str:
    """What the Kafka key is, as the schema's own words say it.

    Raises:
        ValueError: the doc of the schema does not name topic and key.
    """
    doc = definitions.definition(topic)["doc"]
    found = re.search(rf"topic {re.escape(topic)}(?: \(compacted\))?, key ([^,]+?)(?:,.*)?\.$", doc)
    if not found:
        message = f"{topic}.avsc: its doc must end with 'topic {topic}, key <what>.'"
        raise ValueError(message)
    return found[1]


def _example(topic: str) -> Any:
    """The newest example payload, in the JSON form of schemas/values.py."""
    paths = (definitions.FOLDER / "examples").glob(f"{topic}.v*.json")
    newest = max(paths, key=lambda path: int(path.stem.rpartition("v")[2]))
    return json.loads(newest.read_text(encoding="utf-8"))


class _Dumper(yaml.SafeDumper):
    """Writes what occurs twice twice: anchors are hard to read."""

    def ignore_aliases(self, data: Any) -> bool:
        return True


def _text(dumper: yaml.SafeDumper, text: str) -> yaml.ScalarNode:
    style = "|" if "\n" in text else None
    return dumper.represent_scalar("tag:yaml.org,2002:str", text, style=style)


_Dumper.add_representer(str, _text)


def render() -> str:
    """The file's text."""
    body = yaml.dump(
        document(topic_specs()), Dumper=_Dumper, sort_keys=False, allow_unicode=True, width=100
    )
    return f"# Generated by `python -m scripts.asyncapi` from *.avsc and topics.py.\n{body}"


def main(arguments: Sequence[str] | None = None) -> int:
    """Write, or with --check compare; 1 if the file is not as it should be."""
    parser = argparse.ArgumentParser(prog="python -m scripts.asyncapi", description=__doc__)
    parser.add_argument("--check", action="store_true", help="compare, do not write")
    options = parser.parse_args(arguments)
    text = render()
    if options.check:
        return int(not TARGET.exists() or TARGET.read_text("utf-8") != text)
    TARGET.write_text(text, "utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
