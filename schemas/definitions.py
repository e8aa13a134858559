"""The shipped schemas, read from the `*.avsc` files beside this module."""

import json
from functools import cache
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).resolve().parent

TOPICS = (
    "deals.raw",
    "deals.parsed",
    "deals.products",
    "deals.evaluated",
    "deals.stats",
    "deals.alerts",
    "deals.rules",
    "deals.dlq",
)


@cache
def definition(topic: str) -> dict[str, Any]:
    """The schema of a topic as JSON; shared by all callers, so not to be changed.

    Raises:
        KeyError: no topic of ours has this name.
    """
    if topic not in TOPICS:
        message = f"{topic} is not one of {', '.join(TOPICS)}"
        raise KeyError(message)
    path = FOLDER / f"{topic}.avsc"
    loaded: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return loaded


def registered_text(schema: dict[str, Any]) -> str:
    """The one spelling under which a schema goes to the registry.

    It is the spelling of PyPI's aws-glue-schema-registry client, so that both find the same
    version where a registry compares definitions letter by letter, as moto does.
    """
    return json.dumps(schema)
