"""A dead letter, its cause mended, sent back: the jobs make of it what they would have made."""

import json
import time
import uuid
from datetime import UTC, datetime

import pandas as pd
import pytest

from flink_jobs.config import JobConfig
from main import LOCAL_PROPERTIES
from schemas import definitions
from schemas.codec import AvroSchema
from schemas.frames import frame
from schemas.registry import glue_client
from scripts.dlq import __main__ as dlq
from tests.application import Running, raw_deal
from udfs.parsing.batch import COLUMNS, parse_batch
from udfs.parsing.rates import Rates

pytestmark = pytest.mark.broker


def test_a_replay_after_the_fix_yields_what_the_original_would_have(running: Running):
    # A producer that writes a version before it is registered.
    newer = json.loads(json.dumps(definitions.definition("deals.raw")))
    field = {"name": f"note_{uuid.uuid4().hex[:8]}", "type": ["null", "string"], "default": None}
    newer["fields"].append(field)
    text = json.dumps(newer)
    version_id = uuid.uuid5(uuid.NAMESPACE_URL, f"deal-finder/deals.raw/{text}")
    deal = raw_deal(title=f"Acme Radio {uuid.uuid4().hex[:8]} $35.50")
    payload = frame(version_id, AvroSchema.of(newer).write(deal | {field["name"]: "x"}))
    ((partition, offset),) = running.send("deals.raw", [payload], key="its key")
    (letter,) = running.await_records("deals.dlq", lambda each: each["payload"] == payload)
    assert (letter["reason"], letter["offset"]) == ("unknown_schema_version", offset)
    options = [
        f"--bootstrap-servers={running.stack.endpoints().bootstrap_servers}",
        f"--aws-endpoint-url={running.stack.endpoints().aws_endpoint_url}",
        f"--origin=deals.raw:{partition}:{offset}",
    ]
    # Before the fix it would only fail again.
    assert dlq.main(["replay", *options]) == 1

    glue = glue_client("us-east-1", running.stack.endpoints().aws_endpoint_url)
    registered = glue.register_schema_version(
        SchemaId={"RegistryName": "deal-finder", "SchemaName": "deals.raw"}, SchemaDefinition=text
    )
    assert registered["SchemaVersionId"] == str(version_id)
    # The jobs ask for an unknown id again after 30 s only (RecordReaders.UNKNOWN_FOR).
    time.sleep(31)
    assert dlq.main(["replay", *options]) == 0
    assert dlq.main(["replay", *options]) == 0
    running.await_passed()

    found = running.await_records("deals.parsed", lambda each: each["item_id"] == deal["item_id"])
    assert len(found) == 1
    assert {name: plain(found[0][name]) for name in COLUMNS[:-2]} == expected(deal)
    evaluated = running.await_records(
        "deals.evaluated", lambda each: each["item_id"] == deal["item_id"]
    )
    assert len(evaluated) == 1


def expected(deal: dict) -> dict:
    """What the rules alone make of an item."""
    parsing = JobConfig.load(LOCAL_PROPERTIES).parsing
    item = deal | {"extras_json": json.dumps(deal["extras"])}
    parsed = parse_batch(pd.DataFrame([item]), Rates(parsing.rates_usd, parsing.rates_as_of))
    (row,) = parsed.to_dict("records")
    assert row["reason"] is None
    return {name: plain(row[name]) for name in COLUMNS[:-2]}


def plain(value: object) -> object:
    """Times as epoch ms."""
    if isinstance(value, datetime):
        return round(value.astimezone(UTC).timestamp() * 1000)
    return value
