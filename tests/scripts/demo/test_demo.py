"""The demo as a person starts it."""

import json
import os
import signal
import subprocess
import sys
import threading
import time
from decimal import Decimal
from pathlib import Path

import pytest

from local.build import ROOT
from local.stack import Stack
from scripts.connection import Connection
from scripts.scanner.publishing import TOPIC, KafkaSink
from scripts.tail import read_topic

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


def ended(home: Path, *options: str, deadline_s: float) -> str:
    """What a demo that ends by itself, well and without leaving anything behind, has printed."""
    run = subprocess.run(
        command(home, *options),
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=deadline_s,
        check=False,
    )
    assert run.returncode == 0, run.stdout + run.stderr
    assert leftovers(home) == []
    return run.stdout


def test_once_drains_the_samples_and_accounts_for_each(tmp_path):
    home, dump = tmp_path / "home", tmp_path / "dump"
    said = ended(home, "--once", "--dump", str(dump), deadline_s=DEADLINE_S)
    accounts = json.loads(said.splitlines()[-1])
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


class Live:
    """A live demo in a pipe."""

    def __init__(self, home: Path, out: Path) -> None:
        self.out = out
        with out.open("w") as file:
            self.process = subprocess.Popen(command(home), cwd=ROOT, stdout=file, stderr=file)

    def await_line(self, text: str) -> None:
        until_s = time.monotonic() + DEADLINE_S
        while text not in self.out.read_text():
            assert self.process.poll() is None, self.out.read_text()
            assert time.monotonic() < until_s, self.out.read_text()
            threading.Event().wait(0.5)

    def interrupt(self) -> int:
        self.process.send_signal(signal.SIGINT)
        return self.process.wait(timeout=60)


def test_ctrl_c_stops_everything_and_the_next_run_goes_on_with_its_memory(tmp_path):
    home = tmp_path / "home"
    line = "deals.raw 138 (lag 0), deals.parsed 115 (lag 0), deals.evaluated 114 (lag 0)"
    live = Live(home, tmp_path / "first.txt")
    try:
        live.await_line(line)
        assert any("main.py" in command for command in leftovers(home))
        assert live.interrupt() == 0
        assert leftovers(home) == []
        assert {part.state for part in Stack(home / "stack").status()} == {"stopped"}

        live = Live(home, tmp_path / "second.txt")
        live.await_line("feeds: done")
        live.await_line(line)
        connection = Connection.to(Stack(home / "stack").endpoints())
        sink = KafkaSink(connection.client(), lambda deal: connection.codec.encode(TOPIC, deal))
        sink.send(again(connection, "7800X3D", "199.99"))
        assert sink.settle() == {}
        live.await_line("deals.raw 139 (lag 0), deals.parsed 116 (lag 0), deals.evaluated 115")
        records = read_topic(connection, "deals.evaluated", from_beginning=True, until_end=True)
        (deal,) = [record.value for record in records if record.value["price"] == Decimal("199.99")]
        assert deal["previous_price"] == Decimal("219.99")
        assert deal["days_observed"] == 19
        assert live.interrupt() == 0
    finally:
        live.process.send_signal(signal.SIGINT)
        live.process.wait(timeout=60)
    assert leftovers(home) == []


def again(connection: Connection, title: str, price: str) -> dict:
    """The newest item with such a title, seen again a day later at another price."""
    records = read_topic(connection, TOPIC, from_beginning=True, until_end=True)
    items = [record.value for record in records if title in record.value["title"]]
    item = max(items, key=lambda item: item["published_at"])
    at = item["published_at"] + 24 * 3600 * 1000
    changes = {"published_at": at, "fetched_at": at, "item_id": "again"}
    new_title = item["title"].rpartition("$")[0] + f"${price}"
    return item | changes | {"title": new_title, "summary_html": ""}
