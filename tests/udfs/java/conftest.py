"""PyFlink with the application jar, in a process of its own."""

import json
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from local.build import APPLICATION_JAR, STEPS, build
from local.progress import Progress

DEADLINE_S = 600.0

Ask = Callable[..., Any]


@pytest.fixture(scope="session")
def ask(tmp_path_factory) -> Iterator[Ask]:
    """Calls a method of the worker in a process of its own."""
    build(Progress(), [step for step in STEPS if step.output == APPLICATION_JAR])
    home = tmp_path_factory.mktemp("flink")
    command = [
        sys.executable,
        "-m",
        "tests.udfs.java.flink_worker",
        str(APPLICATION_JAR),
        str(home),
    ]
    with (
        (home / "log").open("w") as log,
        subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=log, text=True
        ) as worker,
    ):
        # A worker that hangs is ended, which the test sees as the end of its answers.
        timer = threading.Timer(DEADLINE_S, worker.kill)
        timer.start()

        def call(method: str, **arguments: Any) -> Any:
            print(json.dumps([method, arguments]), file=worker.stdin, flush=True)
            line = worker.stdout.readline()
            assert line, (home / "log").read_text()
            answer = json.loads(line)
            if "error" in answer:
                raise FlinkError(answer["error"])
            return answer["result"]

        try:
            yield call
        finally:
            timer.cancel()
            worker.stdin.close()
            worker.wait(30)


class FlinkError(Exception):
    """What the worker's Flink refused."""
