"""A standalone Flink cluster from PyFlink's own bin/ and lib/, and a Python that has only PyFlink.

It stands for the managed service: the client and the workers run a Python 3.12 that sees PyFlink
and what PyFlink asks for, and nothing else of this environment; the rest must be in the package.
"""

import importlib.util
import json
import os
import subprocess
import sys
import time
import urllib.request
import venv
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from local.java import LATE_C2
from local.ports import LOOPBACK, free_port
from scripts import package

FLINK_HOME = Path(str(importlib.util.find_spec("pyflink").origin)).parent
BASH = "/bin/bash"
START_DEADLINE_S = 300.0


def service_python(folder: Path) -> Path:
    """The interpreter of the service: PyFlink and what it brings, nothing of ours."""
    linked = folder / "service"
    linked.mkdir()
    closure = package.required_by(package.service_packages()) - set(package.shipped_packages())
    for name in sorted(closure):
        package._link(name, linked)
    venv.create(folder / "python", with_pip=False, symlinks=True)
    (site,) = (folder / "python" / "lib").glob("python*/site-packages")
    (site / "service.pth").write_text(f"{linked}\n")
    return folder / "python" / "bin" / "python"


class Cluster:
    """A JobManager and a TaskManager."""

    def __init__(
        self,
        folder: Path,
        python: Path,
        environ: dict[str, str],
        changes: dict[str, Any] | None = None,
    ) -> None:
        self.folder, self.python = folder, python
        self.rest_port, rpc_port = free_port(), free_port()
        settings: dict[str, Any] = {
            "jobmanager.rpc.address": LOOPBACK,
            "jobmanager.rpc.port": rpc_port,
            "jobmanager.bind-host": LOOPBACK,
            "taskmanager.bind-host": LOOPBACK,
            "taskmanager.host": LOOPBACK,
            "rest.address": LOOPBACK,
            "rest.bind-address": LOOPBACK,
            "rest.port": self.rest_port,
            "rest.bind-port": self.rest_port,
            "jobmanager.memory.process.size": "1024m",
            "taskmanager.memory.process.size": "2048m",
            "taskmanager.numberOfTaskSlots": 1,
            "state.backend.type": "rocksdb",
            "execution.checkpointing.interval": "2 s",
            "execution.checkpointing.dir": (folder / "checkpoints").as_uri(),
            "execution.checkpointing.storage": "filesystem",
            "python.executable": str(python),
            "python.client.executable": str(python),
            "io.tmp.dirs": str(folder / "tmp"),
        } | (changes or {})
        conf = folder / "conf"
        conf.mkdir(parents=True)
        (folder / "tmp").mkdir()
        for path in (FLINK_HOME / "conf").glob("log4j*"):
            (conf / path.name).write_text(path.read_text())
        # Written by Flink itself with a start as "key: value" lines, the older form it still reads.
        lines = [f"{key}: {value}" for key, value in settings.items()]
        # What Java 17 must open for Flink; PyFlink ships it in its own file.
        shipped = (FLINK_HOME / "conf" / "config.yaml").read_text().splitlines()
        (opens,) = [line for line in shipped if "--add-opens" in line]
        options = [opens.partition(":")[2].strip(), *LATE_C2]
        lines.append("env.java.opts.all: " + " ".join(options))
        (conf / "config.yaml").write_text("\n".join(lines) + "\n")
        self.environ = environ | {
            "FLINK_CONF_DIR": str(conf),
            "FLINK_LOG_DIR": str(folder / "logs"),
            "FLINK_HOME": str(FLINK_HOME),
            "PATH": os.environ["PATH"],
            "HOME": str(folder),
        }
        self._processes: list[subprocess.Popen[bytes]] = []

    def start(self) -> None:
        """Start both; returns when the TaskManager has registered."""
        for script in ("jobmanager.sh", "taskmanager.sh"):
            self.spawn(script)
        self.await_taskmanager()

    def spawn(self, script: str) -> subprocess.Popen[bytes]:
        """Start one; its script gives way to the JVM, so the pid is the JVM's."""
        with (self.folder / f"{script}.log").open("ab") as log:
            process = subprocess.Popen(  # a script of PyFlink
                [BASH, str(FLINK_HOME / "bin" / script), "start-foreground"],
                env=self.environ,
                # Python workers find modules where they start: a checkout would hide the package.
                cwd=self.folder,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        self._processes.append(process)
        return process

    def await_taskmanager(self) -> None:
        """Wait until the TaskManager has registered."""
        self.await_("/overview", lambda said: said["taskmanagers"] == 1, START_DEADLINE_S)

    def stop(self) -> None:
        """End both and what they have started."""
        for process in reversed(self._processes):
            process.terminate()
        for process in self._processes:
            try:
                process.wait(20)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()

    def get(self, path: str) -> Any:
        """An answer of Flink's REST API."""
        with urllib.request.urlopen(f"http://{LOOPBACK}:{self.rest_port}{path}", timeout=5) as said:
            return json.load(said)

    def await_(self, path: str, is_it: Any, deadline_s: float) -> Any:
        """An answer of the REST API as soon as it is the one waited for."""

        def read() -> Any:
            try:
                return self.get(path)
            except OSError:
                return None

        return self.await_value(read, lambda said: said is not None and is_it(said), deadline_s)

    def await_value(self, read: Any, is_it: Any, deadline_s: float) -> Any:
        """A value as soon as it is the one waited for; fails with the logs."""
        until_s = time.monotonic() + deadline_s
        while time.monotonic() < until_s:
            self.check()
            if is_it(value := read()):
                return value
            time.sleep(0.5)
        message = f"{read()}\n{self.logs()}"
        raise AssertionError(message)

    def check(self) -> None:
        """Demand that both live."""
        assert all(process.poll() is None for process in self._processes), self.logs()

    def run(self, arguments: list[str]) -> str:
        """`flink run`; what it prints."""
        done = subprocess.run(  # scripts of PyFlink
            [BASH, str(FLINK_HOME / "bin" / "flink"), "run", *arguments],
            env=self.environ,
            cwd=self.folder,
            capture_output=True,
            text=True,
            timeout=600,
            check=False,
        )
        assert done.returncode == 0, f"{done.stdout}\n{done.stderr[-8000:]}"
        return done.stdout

    def logs(self) -> str:
        """The end of what both have written."""
        ends = []
        for path in sorted([*self.folder.glob("*.log"), *(self.folder / "logs").glob("*")]):
            with suppress(FileNotFoundError):  # RocksDB takes its log along when a task ends
                ends.append(f"--- {path}\n{path.read_text(errors='replace')[-6000:]}")
        return "\n".join(ends)


@contextmanager
def cluster(folder: Path, python: Path, environ: dict[str, str]) -> Iterator[Cluster]:
    """A running cluster, ended at the end."""
    one = Cluster(folder, python, environ)
    try:
        one.start()
        yield one
    finally:
        one.stop()


def unpack(output: Path, folder: Path) -> Path:
    """The package as the service unpacks it."""
    with zipfile.ZipFile(output) as archive:
        archive.extractall(folder)
    return folder


def is_python_of_service() -> bool:
    """Whether this interpreter is the one that the wheels are for."""
    return ".".join(map(str, sys.version_info[:2])) == package.PYTHON
