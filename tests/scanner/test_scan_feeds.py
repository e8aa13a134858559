import json
import os
import signal
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from scripts.scan_feeds import main
from tests.scanner.builders import item, rss

ROOT = Path(__file__).parents[2]


@pytest.fixture
def shop(tmp_path):
    path = tmp_path / "shop-2026-07-01.xml"
    path.write_bytes(rss(item()))
    return path


def lines(path: Path) -> list[dict]:
    return [json.loads(line) for line in path.read_text().splitlines()]


def test_the_samples_go_to_a_file_without_kafka(tmp_path, capsys):
    dump = tmp_path / "deep" / "raw.jsonl"
    assert main(["--once", "--dump", str(dump)]) == 0
    assert len(lines(dump)) == 138
    assert "138 records" in capsys.readouterr().out
    assert all(not deal["feed_url"].startswith("/") for deal in lines(dump))


def test_a_dry_run_prints_only_records(shop, capsys):
    assert main(["--once", "--dry-run", "--feeds", str(shop)]) == 0
    printed = capsys.readouterr()
    (deal,) = [json.loads(line) for line in printed.out.splitlines()]
    assert (deal["source"], deal["item_id"]) == ("shop", "lamp")
    assert "1 new" in printed.err


def test_a_state_that_is_named_is_used_by_dumps_too(shop, tmp_path):
    state, dump = tmp_path / "state.json", tmp_path / "raw.jsonl"
    arguments = ["--once", "--dump", str(dump), "--state", str(state), "--feeds", str(shop)]
    assert main(arguments) == 0
    assert len(lines(dump)) == 1
    assert main(arguments) == 0
    assert lines(dump) == []
    assert main([*arguments, "--resend"]) == 0
    assert len(lines(dump)) == 1


def test_feeds_that_all_fail_are_an_exit_code_of_their_own(tmp_path, web):
    web.serve("/feed", status=404)
    arguments = ["--once", "--dump", str(tmp_path / "x"), "--allow-private", "--feeds", web.url()]
    assert main(arguments) == 3


def test_private_addresses_are_refused_unless_allowed(tmp_path, web, capsys):
    web.serve("/feed", rss(item()))
    arguments = ["--once", "--dump", str(tmp_path / "x"), "--feeds", web.url()]
    assert main(arguments) == 3
    assert "not a public address" in capsys.readouterr().out
    assert web.requests == []
    assert main([*arguments, "--allow-private"]) == 0


@pytest.mark.parametrize(
    "arguments", [["--feeds", "none.xml"], ["--config", "none.toml"], ["--dump", "a", "--dry-run"]]
)
def test_wrong_options_are_exit_code_2(arguments, capsys):
    with pytest.raises(SystemExit) as caught:
        main(["--once", *arguments])
    assert caught.value.code == 2
    assert capsys.readouterr().err


def test_a_broker_that_does_not_answer_is_said_at_the_start(shop, tmp_path, monkeypatch, capsys):
    monkeypatch.setattr("scripts.scanner.publishing._CHECK_S", 0.2)
    arguments = ["--once", "--feeds", str(shop), "--state", str(tmp_path / "state.json")]
    assert main([*arguments, "--bootstrap-servers", "127.0.0.1:1"]) == 1
    assert "error:" in capsys.readouterr().err
    assert not (tmp_path / "state.json").exists()


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_ends_the_continuous_scanner_in_order(shop, tmp_path, number):
    state = tmp_path / "state.json"
    command = [sys.executable, "-m", "scripts.scan_feeds", "--feeds", str(shop)]
    command += ["--dump", str(tmp_path / "raw.jsonl"), "--state", str(state)]
    environment = os.environ | {"PYTHONPATH": str(ROOT), "PYTHONUNBUFFERED": "1"}
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, text=True, cwd=ROOT, env=environment
    ) as process:
        deadline = threading.Timer(60, process.kill)
        deadline.start()
        try:
            for line in process.stdout:
                if line.startswith("1 records"):
                    break
            process.send_signal(number)
            assert process.wait(30) == 0
        finally:
            deadline.cancel()
            process.kill()
    assert list(json.loads(state.read_text())["items"]["shop"]) == ["lamp"]
