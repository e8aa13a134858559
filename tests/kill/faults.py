"""The faults: each breaks a part, proves that it did, and waits until the jobs are well again."""

import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import requests

from tests.kill.cluster import JOBMANAGER, TASKMANAGER

if TYPE_CHECKING:
    from tests.kill.ring import Ring

Evidence = dict[str, Any]
HIT_S = 180.0


def kill_taskmanager(ring: "Ring") -> Evidence:
    """SIGKILL to the TaskManager; its Python workers outlive it and are ended by pid."""
    flink = ring.flink
    restarts, workers = flink.counts()["restarts"], flink.workers()
    killed = flink.kill(TASKMANAGER)
    orphans = flink.end(workers)
    flink.spawn(TASKMANAGER)
    restarted = flink.await_count("restarts", restarts)
    assert flink.pid(TASKMANAGER) != killed
    return {
        "killed": killed,
        "orphans": len(orphans),
        "started": flink.pid(TASKMANAGER),
        "restarts": f"{restarts} -> {restarted}",
    }


def kill_jobmanager(ring: "Ring") -> Evidence:
    """SIGKILL to the JobManager; another one goes on from the newest complete checkpoint."""
    flink = ring.flink
    job = flink.job()
    assert job is not None
    killed = flink.kill(JOBMANAGER)
    flink.spawn(JOBMANAGER)
    flink.await_taskmanager()
    restored = ring.submit_from_checkpoint()
    again = flink.job()
    assert again is not None
    assert again["jid"] != job["jid"]
    assert flink.await_count("restored", 0) >= 1
    return {"killed": killed, "started": flink.pid(JOBMANAGER), "restored": str(restored)}


def kill_python(ring: "Ring") -> Evidence:
    """SIGKILL to a Python worker that is running functions."""
    flink = ring.flink
    restarts, workers = flink.counts()["restarts"], flink.sdk_workers()
    killed = ring.chance.choice(workers)
    assert flink.end([killed]) == [killed]
    restarted = flink.await_count("restarts", restarts)
    return {"killed": killed, "of": len(workers), "restarts": f"{restarts} -> {restarted}"}


def kill_broker(ring: "Ring") -> Evidence:
    """SIGKILL to the broker, and start it again on what it left on disk."""
    return _down(ring, "kafka", ring.chance.uniform(0.5, 4))


def opensearch_down(ring: "Ring") -> Evidence:
    """OpenSearch is killed and stays away: for a minute in the long ring."""
    return _down(ring, "opensearch", ring.outage_s)


def registry_down(ring: "Ring") -> Evidence:
    """The registry is away while a task starts anew: it cannot, until the registry is back."""
    flink = ring.flink
    pid = _pid(ring, "aws")
    ring.stack.kill("aws")
    hit = kill_python(ring)
    restarts = flink.counts()["restarts"]
    # The new task needs the ids of its schemas: it fails at least once more.
    restarted = flink.await_count("restarts", restarts)
    ring.restore_registry()
    return {
        "killed": pid,
        "started": _pid(ring, "aws"),
        "worker": hit["killed"],
        "restarts without registry": restarted - restarts,
    }


def bedrock_hangs(ring: "Ring") -> Evidence:
    """Bedrock takes calls and answers none."""
    url = ring.stack.endpoints().bedrock_endpoint_url
    requests.put(f"{url}/faults", json={"hang": True}, timeout=10).raise_for_status()
    try:
        calls = _calls(url)
        until_s = time.monotonic() + HIT_S
        while _calls(url) <= calls:
            assert time.monotonic() < until_s, "nothing was described while Bedrock hung"
            ring.produce_some()
            time.sleep(1)
        hung = _calls(url) - calls
    finally:
        requests.delete(f"{url}/faults", timeout=10).raise_for_status()
    return {"calls that hung": hung}


def disk_full(ring: "Ring") -> Evidence:
    """The folder of the checkpoints takes nothing more."""
    flink = ring.flink
    failed = flink.counts()["failed"]
    how = ring.disk.fill()
    try:
        failures = flink.await_count("failed", failed)
    finally:
        ring.disk.free()
    return {"how": how, "failed checkpoints": f"{failed} -> {failures}"}


def _calls(url: str) -> int:
    said = requests.get(f"{url}/calls", timeout=10).json()
    return int(said["total"] + said["in_flight"])


def _pid(ring: "Ring", name: str) -> int:
    (state,) = (each for each in ring.stack.status() if each.name == name)
    assert state.pid is not None
    return state.pid


def _down(ring: "Ring", name: str, seconds: float) -> Evidence:
    killed = _pid(ring, name)
    ring.stack.kill(name)
    (state,) = (each for each in ring.stack.status() if each.name == name)
    assert state.state == "stopped"
    time.sleep(seconds)
    ring.stack.start(name)
    started = _pid(ring, name)
    assert started != killed
    return {"killed": killed, "down_s": round(seconds, 1), "started": started}


FAULTS: dict[str, Callable[["Ring"], Evidence]] = {
    each.__name__: each
    for each in (
        kill_taskmanager,
        kill_jobmanager,
        kill_python,
        kill_broker,
        opensearch_down,
        registry_down,
        bedrock_hangs,
        disk_full,
    )
}
# Those that come more often than once, the cheap ones most.
OFTEN = ("kill_python", "kill_taskmanager", "kill_broker", "kill_python", "disk_full")
