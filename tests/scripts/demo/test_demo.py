"""The demo as a person starts it."""

import json
import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from local.build import ROOT
from local.stack import Stack

pytestmark = pytest.mark.broker

DEADLINE_S = 240


def command(home: Path, *options: str) -> list[str]:
    return [sys.executable, "-m", "scripts.demo", "--home", str(home), *options]


def leftovers(home: Path) -> list[str]:
    """Processes that know the folder by their command line or their environment."""
    found = []
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            words, variables = ((folder / name).read_bytes() for name in ("cmdline", "environ"))
        except OSError:  # gone meanwhile
            continue
        if str(home).encode() in words + variables and folder.name != str(os.getpid()):
            found.append(words.replace(b"\0", b" ").decode())
    return found


def test_once_drains_the_samples_and_accounts_for_each(tmp_path):
    home, dump = tmp_path / "home", tmp_path / "dump"
    run = subprocess.run(
        command(home, "--once", "--dump", str(dump)),
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=DEADLINE_S,
        check=False,
    )
    assert run.returncode == 0, run.stdout + run.stderr
    accounts = json.loads(run.stdout.splitlines()[-1])
    assert accounts["evaluated"] > 50
    assert accounts["alerts"] > 0
    assert accounts["raw"] == accounts["parsed"] + sum(accounts["dead_letters"].values())
    assert accounts["indexed"] == accounts["evaluated"]

    def dumped(topic: str) -> list[dict]:
        return [json.loads(line) for line in (dump / f"{topic}.jsonl").read_text().splitlines()]

    for topic in ("raw", "parsed", "evaluated", "alerts"):
        assert len(dumped(f"deals.{topic}")) == accounts[topic]
    assert len(dumped("deals.dlq")) == sum(accounts["dead_letters"].values())
    # The story of the samples: a true bargain is told, an invented discount is not.
    told = [alert["title"] for alert in dumped("deals.alerts")]
    assert any("7800X3D" in title for title in told)
    assert not any("KOORUI" in title for title in told)
    assert all(deal["reasons"] for deal in dumped("deals.evaluated"))
    assert leftovers(home) == []


def test_ctrl_c_stops_everything_that_it_started(tmp_path):
    home = tmp_path / "home"
    with (tmp_path / "out.txt").open("w") as out:
        demo = subprocess.Popen(command(home), cwd=ROOT, stdout=out, stderr=out)
    until_s = time.monotonic() + DEADLINE_S
    try:
        while "deals.alerts 1" not in (tmp_path / "out.txt").read_text():
            assert demo.poll() is None, (tmp_path / "out.txt").read_text()
            assert time.monotonic() < until_s
            threading.Event().wait(0.5)
        assert any("main.py" in command for command in leftovers(home))
        demo.send_signal(signal.SIGINT)
        assert demo.wait(timeout=60) == 0
    finally:
        demo.kill()
        demo.wait()
    assert leftovers(home) == []
    assert {component.state for component in Stack(home / "stack").status()} == {"stopped"}
