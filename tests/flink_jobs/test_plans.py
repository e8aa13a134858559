"""What the planner makes of each job, alone."""

import json
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from flink_jobs.config import JobName
from local.build import ROOT

pytestmark = pytest.mark.flink


@pytest.fixture(scope="module")
def planned(tmp_path_factory) -> dict[str, Any]:
    run = subprocess.run(
        [
            sys.executable,
            "-m",
            "tests.flink_jobs.plan_worker",
            str(tmp_path_factory.mktemp("plan")),
        ],
        cwd=ROOT,
        env=os.environ | {"PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert run.returncode == 0, run.stderr[-5000:]
    return json.loads(run.stdout.splitlines()[-1])


@pytest.fixture(scope="module")
def plans(planned) -> dict[str, str]:
    return planned["plans"]


def test_every_operator_with_state_has_the_uid_that_savepoints_know(planned):
    assert planned["uids"] == UIDS


def test_every_job_can_be_planned_alone(plans):
    assert set(plans) == {name.value for name in JobName}


@pytest.mark.parametrize(
    ("job", "function"),
    [
        ("evaluate_deals", "link_products("),
        ("evaluate_deals", "judge_deals("),
        ("index_deals", "index_deals("),
        ("index_deals", "index_stats("),
        ("alert_deals", "match_rules("),
        ("alert_deals", "describe_deals("),
    ],
)
def test_python_is_called_once_a_deal(plans, job, function):
    called = [line for line in plans[job].splitlines() if "PythonCalc" in line and function in line]
    assert len(called) == 1
    assert called[0].count(function) == 1


def test_the_parser_runs_once_for_both_its_sinks(plans):
    calls = [line for line in plans["parse_deals"].splitlines() if "PythonCalc" in line]
    assert len(calls) == 1
    assert "reuse_id" in calls[0]


def test_a_product_is_decided_once_for_history_and_topic(plans):
    plan = plans["evaluate_deals"]
    # Both read the columns behind the one call; a second call would be a second PythonCalc.
    assert sum("PythonCalc" in line for line in plan.splitlines()) == 2  # it, and the judge
    (behind,) = re.findall(r"Calc\(select=[^\n]*\bl\.is_new_link[^\n]*\(reuse_id=\[(\d+)", plan)
    assert plan.count(f"Reused(reference_id=[{behind}])") == 2


def test_the_model_sees_each_deal_once_history_has_dropped_the_duplicates(plans):
    plan = plans["evaluate_deals"]
    assert plan.index("judge_deals(") < plan.index("ProcessTableFunction")
    assert re.search(r"uid=\[?price-history", plan)


def test_a_job_shuffles_for_its_keyed_state_only(plans):
    shuffles = {job: plan.count("Exchange(distribution=[hash") for job, plan in plans.items()}
    assert shuffles == {
        "parse_deals": 0,
        "evaluate_deals": 1,
        "index_deals": 0,
        "alert_deals": 1,
        "summarise_deals": 1,
    }


def test_windows_are_kept_once_for_both_their_sinks_and_nothing_else_has_state(plans):
    plan = plans["summarise_deals"]
    (windows,) = [line for line in plan.splitlines() if "ProcessTableFunction(" in line]
    assert "reuse_id" in windows
    assert not re.search("Join|Aggregate|Rank|Watermark", plan)
    golden = Path(__file__).with_name("summarise_deals.plan.txt")
    if os.environ.get("REGENERATE") == "1":
        golden.write_text(windows + "\n", "utf-8")
    # Its input, uid and output: with the hints of the state (DealWindowsTest) what savepoints need.
    assert windows + "\n" == golden.read_text("utf-8")


# The keyed state of each job: operator and name. A savepoint finds the state of a named one
# whatever changes around it; a change here is a change of state, which its commit says (`state!:`).
# What had none would be found by its place in the whole plan only, as sources and sinks would.
UIDS = [
    "alert-policy",
    "deal-windows-60m-24h-60m",
    "price-history",
    "sink deals_alerts",
    "sink deals_dlq",
    "sink deals_evaluated",
    "sink deals_parsed",
    "sink deals_products",
    "sink deals_stats",
    "source alert_deals.deals_evaluated",
    "source alert_deals.deals_rules",
    "source evaluate_deals.deals_parsed",
    "source index_deals.deals_evaluated",
    "source index_deals.deals_stats",
    "source parse_deals.deals_raw",
    "source summarise_deals.clock",
    "source summarise_deals.deals_evaluated",
]
STATE = {
    "parse_deals": set(),
    "evaluate_deals": {"ProcessTableFunction price-history"},
    "index_deals": set(),
    "alert_deals": {"ProcessTableFunction alert-policy"},
    "summarise_deals": {"ProcessTableFunction deal-windows-60m-24h-60m"},
}
STATEFUL = re.compile(
    r"\b(ProcessTableFunction|Deduplicate|\w*Aggregate|Rank|TemporalSort|\w*Join|\w*Normalize"
    r"|\w*Match)\("
)


def state_of(plan: str) -> set[str]:
    found = set()
    for line in plan.splitlines():
        if (operator := STATEFUL.search(line)) is not None:
            name = re.search(r"uid=\[?'?([\w-]+)", line)
            found.add(f"{operator[1]} {name[1] if name else 'without name'}")
    return found


def test_keyed_state_keeps_its_names(plans):
    assert {job: state_of(plan) for job, plan in plans.items()} == STATE
