"""Rules of people, in force in the running jobs."""

import json
import uuid
from pathlib import Path
from typing import Any

import pytest

from scripts import rules
from scripts.rule_files import read_rules
from tests.application import Running, raw_deal


def ask(running: Running, folder: Path, **rule: Any) -> str:
    """Add a rule, and wait until it is in force; returns its rule_id."""
    rule_id = f"test-{uuid.uuid4().hex[:10]}"
    probe = f"zyx{uuid.uuid4().hex[:8]}"
    asked = [
        {"rule_id": rule_id, "name": "asked", **rule},
        # Rules are read in the order in which they were written.
        {"rule_id": probe, "name": "probe", "any_of": [{"words": [probe]}]},
    ]
    path = folder / f"{rule_id}.json"
    path.write_text(json.dumps(asked), "utf-8")
    rules.add(running.connection, read_rules(path))
    for _ in range(100):
        running.send_deals(raw_deal(title=f"{probe} gadget {uuid.uuid4().hex[:8]} $20"))
        running.await_passed()
        if told(running, probe):
            return rule_id
    pytest.fail("the rule never took effect")


def told(running: Running, rule_id: str) -> list[dict[str, Any]]:
    """The alerts of a rule so far, each alert_id once: a replay may repeat a record."""
    alerts = running.await_records("deals.alerts", lambda alert: alert["rule_id"] == rule_id, 0)
    return list({alert["alert_id"]: alert for alert in alerts}.values())
