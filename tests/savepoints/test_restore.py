"""The current code goes on from the savepoint of each released version."""

import json
from decimal import Decimal

import pytest

from local.progress import Progress
from tests.application import DAY_MS, START_MS, Running, raw_deal
from tests.savepoints.known import (
    DAYS,
    FOLDER,
    LAST_DAY,
    LAST_HOUR,
    LOW_DAY,
    RULE,
    kettle,
    lamp,
    stopped_jobs,
)
from udfs.version import CODE_VERSION

pytestmark = pytest.mark.broker

VERSIONS = sorted(path.parent.name for path in FOLDER.glob("*/_metadata"))
HOUR_MS = 3600 * 1000
HOUR = (START_MS + LAST_DAY * DAY_MS) // HOUR_MS * HOUR_MS


def test_this_version_has_its_savepoint():
    assert CODE_VERSION in VERSIONS, "python -m tests.savepoints"


@pytest.fixture(params=VERSIONS)
def restored(request, tmp_path):
    """The jobs as they go on from a savepoint, on topics as long as those it was taken at."""
    saved = FOLDER / request.param
    with stopped_jobs(tmp_path) as jobs:
        running = Running(jobs.stack, jobs.application())
        for topic, count in json.loads((saved / "offsets.json").read_text("utf-8")).items():
            # No one may read these: whoever does makes dead letters of them.
            missing = count - len(running.records(topic))
            running.send(topic, [b"read before the savepoint"] * missing)
        savepoint = jobs.home / "flink" / "savepoints" / request.param
        savepoint.mkdir(parents=True)
        for path in saved.iterdir():
            (savepoint / path.name).write_bytes(path.read_bytes())
        running.application = jobs.start(Progress())
        yield running


def test_memories_of_a_released_version_go_on(restored: Running):
    restored.send_deals(
        lamp(LAST_DAY, "20"),  # known: nothing new
        lamp(DAYS, "19"),
        kettle(DAYS, "50"),  # dearer than what people were told of last
        kettle(DAYS, "46"),
        raw_deal(title="Corax Toaster T300 $30", day=LAST_DAY + 0.001),
    )
    seen = restored.await_records("deals.evaluated", lambda deal: "title" in deal, 4)
    assert [deal["title"] for deal in seen] == [
        "Acme Lamp L100",
        "Borealis Kettle K200",
        "Borealis Kettle K200",
        "Corax Toaster T300",
    ]
    # The price memory.
    history = {
        "previous_price": 20,
        "low_7d": 19,
        "low_30d": 18,
        "all_time_low": 18,
        "all_time_low_at": day_start(LOW_DAY),
        "typical_30d": 20,
        "last_change_at": day_start(DAYS),
        "days_observed": DAYS + 1,
        "observations": DAYS + 1,
        "shops_observed": 1,
    }
    assert {name: plain(seen[0][name]) for name in history} == history
    # What people were told of.
    told = restored.await_records("deals.alerts", lambda each: each["rule_id"] == RULE.rule_id)
    assert [alert["price_usd"] for alert in told] == [46]
    # The windows: two deals of this hour were counted before.
    hours = restored.await_records(
        "deals.stats", lambda each: each.get("window_id") == f"*|tumbling|{HOUR}"
    )
    assert hours[0]["deals"] == LAST_HOUR + 1
    # The offsets.
    assert restored.records("deals.dlq") == []


def day_start(day: int) -> int:
    return START_MS // DAY_MS * DAY_MS + day * DAY_MS


def plain(value: object) -> object:
    return int(value) if isinstance(value, Decimal) else value
