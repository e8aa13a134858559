import os
import sys
import time
from pathlib import Path

import pytest

from local.processes import PidFile, Process, end, read_identity, spawn

DEADLINE_S = 20


def await_true(condition, what):
    deadline_s = time.monotonic() + DEADLINE_S
    while not condition():
        assert time.monotonic() < deadline_s, f"{what} within {DEADLINE_S} s"
        os.sched_yield()


@pytest.fixture
def start(tmp_path):
    """Starts shell text as a process of ours; all are ended."""
    started = []

    def run(text):
        process = spawn(
            ["sh", "-c", text], tmp_path / "log", tmp_path, os.environ, PidFile(tmp_path / "pid")
        )
        started.append(process)
        return process

    yield run
    for process in started:
        end(process, 0)


def test_a_started_process_is_remembered(start, tmp_path):
    process = start("exec sleep 60")
    assert PidFile(tmp_path / "pid").running() == process


def test_a_process_that_ended_is_not_running(start, tmp_path):
    process = start("exit 0")
    await_true(lambda: read_identity(process.pid) is None, "the process ends")
    assert PidFile(tmp_path / "pid").running() is None


def test_a_recycled_pid_is_not_taken_for_ours_and_not_killed(tmp_path):
    ours = os.getpid()  # lives, and began at another moment than the file says
    pids = PidFile(tmp_path / "pid")
    pids.write(Process(ours, "another boot/1"))

    assert pids.running() is None
    end(Process(ours, "another boot/1"), 5)  # were it to kill, this test would not end

    assert read_identity(ours) is not None


def test_when_a_process_began_does_not_change_while_it_runs(start):
    process = start("exec sleep 60")
    assert process.began == read_identity(process.pid) != read_identity(os.getpid())


@pytest.mark.parametrize("text", ["", "7", "{", '{"pid": 1}', '{"pid": 1, "began": "x", "a": 1}'])
def test_a_damaged_pid_file_counts_as_not_running(tmp_path, text):
    (tmp_path / "pid").write_text(text)
    assert PidFile(tmp_path / "pid").running() is None


def test_a_process_that_listens_to_term_ends_in_good_order(start, tmp_path):
    process = start("trap 'echo bye; exit 0' TERM; echo ready; while :; do sleep 0.05; done")
    log = tmp_path / "log"
    await_true(lambda: "ready" in log.read_text(), "the trap is set")

    end(process, DEADLINE_S)

    assert "bye" in log.read_text()
    assert read_identity(process.pid) is None


def test_a_process_that_ignores_term_is_killed_after_its_patience(start, tmp_path):
    process = start("trap '' TERM; echo ready; while :; do sleep 0.05; done")
    await_true(lambda: "ready" in (tmp_path / "log").read_text(), "the trap is set")

    seconds = end(process, 0.3)

    assert 0.3 <= seconds < DEADLINE_S
    assert read_identity(process.pid) is None


@pytest.mark.parametrize("patience_s", [0, 5])
def test_the_children_of_a_process_end_with_it(start, tmp_path, patience_s):
    process = start("sleep 60 & echo child $!; wait")
    log = tmp_path / "log"
    await_true(lambda: log.read_text().endswith("\n"), "the child is started")
    child = int(log.read_text().split()[1])
    assert read_identity(child) is not None

    end(process, patience_s)

    await_true(lambda: read_identity(child) is None, "the child ends")


def test_a_process_whose_first_thread_ended_still_runs(start, tmp_path):
    # So looks a killed JVM that still holds its port: a zombie, were it not for its other threads.
    process = start(
        f"exec {sys.executable} -c 'import ctypes, threading, time;"
        "threading.Thread(target=time.sleep, args=(60,)).start();"
        "ctypes.CDLL(None).pthread_exit(None)'"
    )
    stat = Path(f"/proc/{process.pid}/stat")
    await_true(lambda: ") Z " in stat.read_text(), "the first thread ends")

    assert PidFile(tmp_path / "pid").running() == process
    end(process, 0)
    assert not stat.exists()


def test_a_process_does_not_share_our_session(start):
    process = start("exec sleep 60")
    assert os.getsid(process.pid) == process.pid != os.getsid(0)


def test_a_program_that_is_missing_is_an_error(tmp_path):
    with pytest.raises(FileNotFoundError):
        spawn(["/no/such"], tmp_path / "log", tmp_path, {}, PidFile(tmp_path / "pid"))


def test_a_log_is_appended_until_it_is_large(start, tmp_path):
    log = tmp_path / "log"
    log.write_text("before\n")
    first = start("echo after")
    await_true(lambda: read_identity(first.pid) is None, "the process ends")
    assert log.read_text() == "before\nafter\n"

    log.write_bytes(b"x" * (6 * 1024 * 1024))
    second = start("echo anew")
    await_true(lambda: read_identity(second.pid) is None, "the process ends")
    assert log.read_text() == "anew\n"
