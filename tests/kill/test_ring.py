"""Kill what can be killed while a known stream runs, and demand that nothing shows."""

import json
import os
import random

import pytest

from tests.kill.mutants import PATCHES, broken_build
from tests.kill.ring import Outcome, chosen_faults, run_ring

SHORT = ("kill_python", "disk_full", "kill_taskmanager", "kill_broker")
# What each broken build must be caught at.
CAUGHT = {
    "state-without-checkpoint": {"deals.evaluated: wrong history"},
    "sink-behind-barrier": {"missing: index", "index: not the newest evaluation"},
    "offset-too-early": {"missing: deals.parsed", "missing: deals.evaluated"},
    "random-id": {"deals.alerts: no such alert"},
}


def told(outcome: Outcome) -> str:
    return json.dumps(outcome.__dict__, indent=2)


@pytest.mark.kill
def test_four_faults_and_a_start_without_registry_lose_nothing_and_double_nothing(tmp_path):
    outcome = run_ring(tmp_path, seed=1, records=6_000, faults=SHORT, outage_s=5)
    assert outcome.mistakes == {}, told(outcome)
    assert [hit["fault"] for hit in outcome.hits] == ["registry_down_at_start", *SHORT]
    assert outcome.verdict["counts"]["alerts told once"] > 20, told(outcome)


@pytest.mark.kill
def test_exactly_once_repeats_nothing_for_readers_of_what_is_committed(tmp_path):
    outcome = run_ring(
        tmp_path,
        seed=3,
        records=4_000,
        faults=("kill_taskmanager", "kill_jobmanager"),
        outage_s=5,
        properties={"Kafka": {"delivery": "exactly-once"}},
    )
    assert outcome.mistakes == {}, told(outcome)
    repeats = {what: n for what, n in outcome.verdict["counts"].items() if "repeats" in what}
    assert set(repeats.values()) == {0}, told(outcome)


@pytest.mark.kill
def test_twenty_faults_lose_nothing_and_double_nothing(tmp_path):
    seed = int(os.environ.get("RING_SEED", random.SystemRandom().randrange(10**6)))
    print(f"RING_SEED={seed}")
    faults = chosen_faults(seed, 20)
    outcome = run_ring(tmp_path, seed=seed, records=236_000, faults=faults, outage_s=60)
    print(told(outcome))
    assert outcome.mistakes == {}
    assert len(outcome.hits) >= 20


@pytest.mark.kill
@pytest.mark.parametrize("name", sorted(CAUGHT))
def test_a_broken_build_is_caught(tmp_path, name):
    root = broken_build(PATCHES / f"{name}.patch", tmp_path / "broken")
    outcome = run_ring(
        tmp_path / "ring",
        seed=2,
        records=6_000,
        faults=("kill_taskmanager", "kill_taskmanager"),
        outage_s=5,
        root=root,
    )
    print(told(outcome))
    assert CAUGHT[name] & set(outcome.mistakes), told(outcome)


@pytest.mark.parametrize("name", sorted(CAUGHT))
def test_each_patch_of_a_broken_build_still_fits(tmp_path, name):
    assert {path.stem for path in PATCHES.glob("*.patch")} == set(CAUGHT)
    broken_build(PATCHES / f"{name}.patch", tmp_path)
