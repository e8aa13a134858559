import os
import pty
import subprocess
import sys

import pytest

from local.__main__ import main
from local.build import ROOT
from local.ports import Ports
from local.stack import Stack


def run(*arguments, **environment):
    """The command line as a person runs it, its output in a pipe."""
    return subprocess.run(
        [sys.executable, "-m", "local", *arguments],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT), **environment},
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
    )


@pytest.mark.parametrize("arguments", [[], ["build"], ["up"], ["down"], ["status"]])
def test_every_command_explains_itself(arguments, capsys):
    with pytest.raises(SystemExit) as ended:
        main([*arguments, "--help"])
    assert ended.value.code == 0
    assert "usage: python -m local" in capsys.readouterr().out


def test_status_of_a_stopped_stack_is_exit_1(tmp_path, capsys):
    assert main(["status", "--home", str(tmp_path / "home")]) == 1
    assert capsys.readouterr().out.count("state=stopped") == 4


def test_down_of_a_stopped_stack_says_that_nothing_runs(tmp_path, capsys):
    assert main(["down", "--home", str(tmp_path / "home")]) == 0
    assert capsys.readouterr().out == "nothing runs\n"


def test_a_wrong_port_or_step_is_exit_2_and_named(tmp_path, capsys):
    assert main(["up", "--home", str(tmp_path), "--kafka-port", "70000"]) == 2
    assert "kafka=70000" in capsys.readouterr().err
    assert main(["build", "zookeeper"]) == 2
    assert (
        "no step 'zookeeper'; there are kafka, opensearch, application" in capsys.readouterr().err
    )


def test_a_wrong_port_variable_is_exit_2_and_named(tmp_path, capsys, monkeypatch):
    monkeypatch.setenv("DEAL_FINDER_AWS_PORT", "http")
    assert main(["up", "--home", str(tmp_path)]) == 2
    assert "DEAL_FINDER_AWS_PORT" in capsys.readouterr().err


def test_a_terminal_gets_a_table():
    leader, follower = pty.openpty()
    with subprocess.Popen(
        [sys.executable, "-m", "local", "status", "--home", "/nonexistent/home"],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT), "TERM": "xterm", "COLUMNS": "100"},
        stdout=follower,
    ) as child:
        os.close(follower)
        shown = b""
        while chunk := read_terminal(leader):
            shown += chunk
        assert child.wait(30) == 1
    os.close(leader)
    assert "component" in shown.decode()
    assert "┏━" in shown.decode()


def read_terminal(leader):
    try:
        return os.read(leader, 65536)
    except OSError:  # Linux ends a terminal without writers so
        return b""


@pytest.mark.broker
def test_the_whole_stack_goes_up_and_down_from_the_command_line(tmp_path):
    home = ["--home", str(tmp_path / "home")]
    ports = Ports.free()
    options = [
        word
        for name in Ports.names()
        if name != "aws"
        for word in (f"--{name.replace('_', '-')}-port", str(getattr(ports, name)))
    ]
    try:
        up = run("up", *home, *options, DEAL_FINDER_AWS_PORT=str(ports.aws))
        assert up.returncode == 0, up.stderr
        assert up.stderr == ""
        lines = up.stdout.splitlines()
        assert "kafka: done in" in up.stdout
        assert sum("state=healthy" in line for line in lines) == 4
        assert any(f"address=127.0.0.1:{ports.kafka} " in line for line in lines)
        assert any(f"address=http://127.0.0.1:{ports.aws} " in line for line in lines)

        assert run("status", *home).returncode == 0
        again = run("up", *home)
        assert again.stdout.count("runs already") == 4

        Stack(tmp_path / "home").kill("bedrock")
        one_missing = run("status", *home)
        assert one_missing.returncode == 1
        assert "bedrock state=stopped" in one_missing.stdout
    finally:
        down = run("down", *home, "--delete")
    assert down.returncode == 0, down.stderr
    assert run("status", *home).returncode == 1
    assert not (tmp_path / "home" / "kafka").exists()
