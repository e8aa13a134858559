"""Upgrade and rollback of running jobs, through the real Kafka and Flink."""

import contextlib
import itertools
import shutil
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from local import __main__ as local
from local.application import ApplicationError
from local.build import ROOT, build
from local.components import components
from local.jobs import Jobs
from local.ports import Ports, free_port
from local.progress import Progress
from local.stack import Stack
from scripts import package
from scripts.bootstrap import bootstrap
from scripts.connection import Connection
from tests.application import Running, raw_deal
from udfs.version import CODE_VERSION

LAMPS = 5
JOBS = {"run": "parse_deals,evaluate_deals"}


def version(folder: Path, name: str) -> Path:
    """A package of the code as it is, under another version."""
    for path, source in package.our_files(ROOT):
        if not path.startswith(("dep/", "lib/")):
            (folder / path).parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(source, folder / path)
    known = folder / "udfs" / "version.py"
    text = known.read_text("utf-8")
    assert f'"{CODE_VERSION}"' in text
    known.write_text(text.replace(f'"{CODE_VERSION}"', f'"{name}"'), "utf-8")
    return folder


@pytest.fixture(scope="module")
def stack(tmp_path_factory):
    """The parts that these jobs need, for this module alone: no other jobs read its topics."""
    build(Progress())
    parts = {name: part for name, part in components().items() if name in {"kafka", "aws"}}
    stack = Stack(tmp_path_factory.mktemp("jobs") / "stack", Ports.free(), parts=parts)
    try:
        stack.up()
        bootstrap(Connection.to(stack.endpoints()), partitions=1, tell=lambda _: None)
        yield stack
    finally:
        stack.down()


@pytest.fixture
def jobs(stack, tmp_path):
    """Jobs that do not run yet."""
    flink = {"checkpoint.interval.s": "2", "rest.port": str(free_port())}
    made = Jobs(tmp_path / "jobs", stack, {"Jobs": JOBS, "LocalFlink": flink})
    yield made
    made.application().stop()


@pytest.mark.broker
def test_nothing_is_lost_or_repeated_across_upgrades_and_a_rollback(jobs, tmp_path):
    progress = Progress()
    running = Running(jobs.stack, jobs.start(progress))
    numbers = itertools.count()
    sent = 0

    def send(*, until: Callable[[], bool]) -> None:
        nonlocal sent
        for look in numbers:
            running.send_deals(*(lamp(number, look) for number in range(LAMPS)), reject(look))
            sent += 1
            if until():
                return
            time.sleep(1)

    @contextlib.contextmanager
    def sending() -> Iterator[None]:
        """Send while the jobs stop and start, and see that all of it comes out."""
        done = threading.Event()
        sender = threading.Thread(target=send, kwargs={"until": done.is_set})
        sender.start()
        try:
            yield
        finally:
            done.set()
            sender.join()
        running.application = jobs.application()
        send(until=lambda: True)
        running.await_records("deals.evaluated", lambda _: True, sent * LAMPS)

    with sending():
        await_evaluated(running)
    broken = version(tmp_path / "broken", "6.6.6")
    (broken / "main.py").write_text("raise SystemExit('no')\n", "utf-8")
    with sending(), pytest.raises(ApplicationError, match=r"does not start, .* runs again"):
        jobs.upgrade(progress, broken)
    assert jobs.versions() == [ROOT]
    with sending():
        jobs.upgrade(progress, version(tmp_path / "next", "9.9.9"))
    with sending():
        jobs.rollback(progress)
    with pytest.raises(ApplicationError, match="no earlier version"):
        jobs.rollback(progress)

    # The price memory counted every look at every lamp, and each of them once.
    assert Counter(looks(running)) == Counter(
        (f"lamp{number}", look + 1) for number in range(LAMPS) for look in range(sent)
    )
    letters = running.records("deals.dlq")
    versions = [letter.value["code_version"] for letter in letters if letter.value]
    assert len(versions) == sent
    assert [each for each, _ in itertools.groupby(versions)] == [
        CODE_VERSION,
        "9.9.9",
        CODE_VERSION,
    ]


def test_without_a_stack_the_user_is_told(tmp_path, capsys):
    options = ["--home", str(tmp_path / "stack"), "--jobs-home", str(tmp_path / "jobs")]
    assert local.main(["jobs", "start", *options]) == 1
    assert "the stack does not run" in capsys.readouterr().err
    assert local.main(["jobs", "status", *options]) == 1
    assert local.main(["jobs", "upgrade", *options]) == 2


def lamp(number: int, look: int) -> dict:
    return raw_deal(
        title=f"Acme Lamp lamp{number} ${20 + look}",
        item_id=f"lamp{number}-{look}",
        link=f"https://deals.example.com/lamp{number}",
        day=float(look),
    )


def reject(look: int) -> dict:
    return raw_deal(title=f"Sale on everything {look}")


def looks(running: Running) -> list[tuple[str, int]]:
    """(lamp, observations so far) of each evaluation."""
    return [
        (record.value["item_id"].partition("-")[0], record.value["observations"])
        for record in running.records("deals.evaluated")
        if record.value
    ]


def await_evaluated(running: Running) -> None:
    running.await_records("deals.evaluated", lambda _: True)
