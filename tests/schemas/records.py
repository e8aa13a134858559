"""Builders: a test names only the fields that matter to it."""

import json
from decimal import Decimal
from pathlib import Path
from typing import Any

from schemas.codec import shipped
from schemas.values import conform

EXAMPLES = Path(__file__).resolve().parents[2] / "schemas" / "examples"


def example(topic: str, **changes: Any) -> dict[str, Any]:
    """The newest example record of a topic, with changes."""
    path = max(
        EXAMPLES.glob(f"{topic}.v*.json"), key=lambda file: int(file.stem.rpartition("v")[2])
    )
    return example_of(topic, path) | changes


def example_of(topic: str, path: Path) -> dict[str, Any]:
    loaded = json.loads(path.read_text(encoding="utf-8"), parse_float=Decimal)
    schema = shipped(topic)
    return conform(schema.timed, schema.timed_names, loaded, from_json=True)
