import sqlite3
import subprocess
import sys
from pathlib import Path

import boto3
import pytest
from moto import mock_aws

from scripts.notifier.claims import MEMORY_MS, DynamoClaims, SqliteClaims, State
from tests.terraform.test_contracts import MODULES

ROOT = Path(__file__).resolve().parents[3]
DAY_MS = 24 * 3600 * 1000


@pytest.fixture
def now():
    return [1_780_000_000_000]


@pytest.fixture
def table(monkeypatch):
    """The name of a table as terraform makes it."""
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "testing")
    with mock_aws():
        keys = {"agent_id": "HASH", "entry_id": "RANGE"}
        boto3.client("dynamodb", region_name="us-east-1").create_table(
            TableName="agent-state",
            KeySchema=[{"AttributeName": key, "KeyType": kind} for key, kind in keys.items()],
            AttributeDefinitions=[{"AttributeName": key, "AttributeType": "S"} for key in keys],
            BillingMode="PAY_PER_REQUEST",
        )
        yield "agent-state"


@pytest.fixture(params=["sqlite", "dynamodb"])
def open_claims(request, tmp_path, now):
    """Opens the same store again and again, as restarts of the notifier do."""
    if request.param == "sqlite":
        return lambda: SqliteClaims(tmp_path / "below" / "claims.db", lambda: now[0])
    name = request.getfixturevalue("table")
    return lambda: DynamoClaims(name, "group", "us-east-1", clock_ms=lambda: now[0])


def test_an_alert_is_claimed_once_across_restarts(open_claims):
    first = open_claims()
    assert first.claim("a") is None
    first.close()
    second = open_claims()
    assert second.claim("a") is State.CLAIMED
    assert second.claim("b") is None
    second.close()


@pytest.mark.parametrize("state", [State.SENT, State.FAILED, State.UNCERTAIN])
def test_an_outcome_is_remembered(open_claims, state):
    claims = open_claims()
    claims.claim("a")
    claims.settle("a", state)
    claims.close()
    assert open_claims().claim("a") is state


def test_a_claim_given_back_can_be_claimed_again(open_claims):
    claims = open_claims()
    claims.claim("a")
    claims.release("a")
    assert claims.claim("a") is None


def test_a_claim_is_forgotten_after_its_time_and_not_before(open_claims, now):
    claims = open_claims()
    claims.claim("a")
    claims.settle("a", State.SENT)
    now[0] += MEMORY_MS - 1000
    assert claims.claim("a") is State.SENT
    now[0] += 3000
    assert claims.claim("a") is None
    assert claims.claim("a") is State.CLAIMED


def test_the_memory_outlasts_the_topic_and_ends_before_alerts_are_told_anew():
    from flink_jobs.config import Alerts
    from schemas.topics import topic_specs

    (kept_ms,) = (each.retention_ms for each in topic_specs() if each.name == "deals.alerts")
    assert kept_ms < MEMORY_MS < Alerts.model_fields["memory_days"].default * DAY_MS


def test_groups_have_their_own_claims_in_one_table(table):
    assert DynamoClaims(table, "one", "us-east-1").claim("a") is None
    assert DynamoClaims(table, "other", "us-east-1").claim("a") is None
    assert DynamoClaims(table, "one", "us-east-1").claim("a") is State.CLAIMED


def test_the_table_of_terraform_has_these_keys():
    tables = (MODULES / "storage" / "tables.tf").read_text("utf-8")
    assert 'agent-state   = { hash_key = "agent_id", range_key = "entry_id" }' in tables


def test_of_two_processes_one_gets_each_claim(tmp_path):
    path = tmp_path / "claims.db"
    SqliteClaims(path).close()
    code = (
        "import sys; from pathlib import Path; from scripts.notifier.claims import SqliteClaims\n"
        "claims = SqliteClaims(Path(sys.argv[1]))\n"
        "print(sum(claims.claim(str(i)) is None for i in range(200)))"
    )
    processes = [
        subprocess.Popen(
            [sys.executable, "-c", code, str(path)], cwd=ROOT, stdout=subprocess.PIPE, text=True
        )
        for _ in range(2)
    ]
    assert sum(int(process.communicate(timeout=60)[0]) for process in processes) == 200


def test_an_old_file_is_emptied_of_what_is_forgotten(tmp_path, now):
    path = tmp_path / "claims.db"
    claims = SqliteClaims(path, lambda: now[0])
    claims.claim("a")
    claims.close()
    now[0] += MEMORY_MS + 1
    SqliteClaims(path, lambda: now[0]).close()
    assert sqlite3.connect(path).execute("SELECT count(*) FROM claims").fetchone() == (0,)
