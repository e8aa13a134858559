"""The stack as one object: starts, stops and watches its components.

A component is a process of its own that outlives the command that started it. Whoever needs it only
for a while (a test, a demo) calls `down`, also from `atexit`: nothing else ends the processes when
their starter is killed, and `python -m local down --home FOLDER` then cleans up.
"""

import contextlib
import fcntl
import os
import shutil
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from local.build import ROOT
from local.components import Component, components
from local.ports import Ports, is_free
from local.processes import PidFile, Process, end, spawn
from local.progress import Progress

DEFAULT_HOME = ROOT / ".local" / "stack"
HEALTH_DEADLINE_S = 90.0
# For one that runs already: it may be at its start, or hang; then it is started anew.
REUSE_DEADLINE_S = 20.0
_POLL_S = 0.1
_SHOWN_LINES = 20


class StackError(RuntimeError):
    """A component does not run as asked; the message says which, why, and where its log is."""


@dataclass(frozen=True)
class Endpoints:
    """Where clients find the components."""

    bootstrap_servers: str
    opensearch_url: str
    aws_endpoint_url: str
    bedrock_endpoint_url: str


@dataclass(frozen=True)
class ComponentStatus:
    """What is known of one component now.

    Attributes:
        state: `healthy`, `unhealthy` (it runs but does not answer) or `stopped`.
        pid: of its process, None when stopped.
    """

    name: str
    title: str
    state: str
    address: str
    pid: int | None
    log: Path

    @property
    def healthy(self) -> bool:
        """Whether clients can use it."""
        return self.state == "healthy"


class Stack:
    """Kafka, OpenSearch, and the AWS and Bedrock stand-ins, with all their data under one folder.

    Any number of `Stack` objects and processes may look at one folder: what runs is known from the
    files in `<home>/run`, and a lock keeps two starts apart.
    """

    def __init__(
        self,
        home: Path = DEFAULT_HOME,
        ports: Ports | None = None,
        *,
        deadline_s: float = HEALTH_DEADLINE_S,
        parts: dict[str, Component] | None = None,
    ) -> None:
        """Bind to `home`; nothing is started.

        Args:
            home: folder of data, configuration, logs and pids; made when missing.
            ports: preferred ones; by default those of the last start, else the usual ones.
            deadline_s: how long a component may take to become healthy.
            parts: the components, all by default.
        """
        self.home = home.resolve()
        self._wanted = ports
        self._deadline_s = deadline_s
        self._parts = components() if parts is None else parts
        self._saved = self.home / "run" / "ports.json"

    @property
    def ports(self) -> Ports:
        """Those in use or last used, before the first start the preferred ones."""
        return Ports.load(self._saved) or self._wanted or Ports()

    def endpoints(self) -> Endpoints:
        """Where clients find the components, running or not."""
        ports = self.ports
        addresses = {name: part.address(ports) for name, part in components().items()}
        return Endpoints(*(addresses[name] for name in ("kafka", "opensearch", "aws", "bedrock")))

    def log(self, name: str) -> Path:
        """The log file of a component."""
        return self.home / "logs" / f"{name}.log"

    def choose_ports(self) -> None:
        """Settle where the next start will listen, for clients that are told before it."""
        with self._locked():
            self._choose_ports(self._running())

    def up(self, progress: Progress | None = None) -> dict[str, float]:
        """Start what does not run and wait until all of it is healthy, side by side.

        Components that run and are healthy stay as they are. A preferred port that somebody else
        uses is replaced by a free one; the choice is kept for the next start.

        Returns:
            Seconds by component; 0 for those that ran already.

        Raises:
            StackError: a component did not become healthy; what this call started is ended again.
            local.java.PrerequisiteError: there is no Java to run it with.
        """
        progress = progress or Progress()
        with self._locked():
            running = self._running()
            ports = self._choose_ports(running)
            cancelled = threading.Event()
            started: list[str] = []

            def bring_up(name: str) -> float:
                if name in running and self._await_health(name, ports, cancelled, REUSE_DEADLINE_S):
                    progress.done(name, 0.0, f"runs already, {self._parts[name].address(ports)}")
                    return 0.0
                self._end(name, 0)
                started.append(name)
                return self._start(name, ports, progress, cancelled)

            try:
                return _side_by_side(list(self._parts), bring_up, cancelled)
            except BaseException:
                for name in started:
                    self._end(name, 0)
                raise

    def down(self, progress: Progress | None = None, *, delete: bool = False) -> dict[str, float]:
        """Stop all components; those that run after all of their patience are killed.

        Args:
            progress: hears of every component that ran.
            delete: remove the data too, so that the next start is a first one.

        Returns:
            Seconds by component, only those that ran.
        """
        progress = progress or Progress()
        if not self.home.exists():
            return {}
        with self._locked():
            running = [name for name in self._parts if self._pids(name).running()]

            def take_down(name: str) -> float:
                progress.started(name, "stopping")
                seconds = self._end(name, self._parts[name].patience_s)
                progress.done(name, seconds, "stopped")
                return seconds

            seconds = _side_by_side(running, take_down, threading.Event())
            if delete:
                for name in self._parts:
                    shutil.rmtree(self.home / name, ignore_errors=True)
        return seconds

    def status(self) -> list[ComponentStatus]:
        """The state of every component, asked side by side; takes 3 s at most."""
        ports = self.ports

        def ask(name: str) -> ComponentStatus:
            part, process = self._parts[name], self._pids(name).running()
            state = "stopped"
            if process is not None:
                state = "healthy" if part.healthy(ports) else "unhealthy"
            pid = process.pid if process else None
            return ComponentStatus(
                name, part.title, state, part.address(ports), pid, self.log(name)
            )

        with ThreadPoolExecutor(len(self._parts)) as pool:
            return list(pool.map(ask, self._parts))

    def start(self, name: str, progress: Progress | None = None) -> None:
        """Start one component, at the address it had, and wait until it is healthy.

        Raises:
            StackError: it did not become healthy, or somebody else took its port.
        """
        part = self._part(name)
        with self._locked():
            ports = self.ports
            ports.save(self._saved)
            if self._pids(name).running():
                if self._await_health(name, ports, threading.Event(), self._deadline_s):
                    return
                raise StackError(self._failure(name, "runs but does not answer"))
            for listener in part.listeners:
                if not is_free(getattr(ports, listener)):
                    message = f"{name}: port {getattr(ports, listener)} is taken by another process"
                    raise StackError(message)
            try:
                self._start(name, ports, progress or Progress(), threading.Event())
            except BaseException:
                self._end(name, 0)
                raise

    def stop(self, name: str) -> None:
        """Stop one component in good order; nothing happens when it does not run."""
        patience_s = self._part(name).patience_s
        with self._locked():
            self._end(name, patience_s)

    def kill(self, name: str) -> None:
        """End one component as a power cut would; nothing happens when it does not run."""
        self._part(name)
        with self._locked():
            self._end(name, 0)

    def _part(self, name: str) -> Component:
        if name not in self._parts:
            message = f"no component {name!r}; there are {', '.join(self._parts)}"
            raise StackError(message)
        return self._parts[name]

    def _pids(self, name: str) -> PidFile:
        return PidFile(self.home / "run" / f"{name}.pid")

    def _running(self) -> set[str]:
        return {name for name in self._parts if self._pids(name).running()}

    def _choose_ports(self, running: set[str]) -> Ports:
        saved = Ports.load(self._saved)
        # What runs keeps its address, whatever is preferred now.
        preferred = saved if running and saved else self._wanted or saved or Ports()
        keep = {listener for name in running for listener in self._parts[name].listeners}
        ports = preferred.moved_off_taken(frozenset(keep))
        ports.save(self._saved)
        return ports

    def _start(
        self, name: str, ports: Ports, progress: Progress, cancelled: threading.Event
    ) -> float:
        part = self._parts[name]
        progress.started(name, f"starting {part.title}")
        began_s = time.monotonic()
        folder = self.home / name
        try:
            part.prepare(folder, ports)
            log = self.log(name)
            environment = {**os.environ, "PYTHONPATH": str(ROOT), "PYTHONUNBUFFERED": "1"}
            spawn(part.command(folder, ports), log, folder, environment, self._pids(name))
            if not self._await_health(name, ports, cancelled, self._deadline_s):
                ended = self._pids(name).running() is None
                within = f"was not healthy within {self._deadline_s:g} s"
                raise StackError(self._failure(name, "ended at its start" if ended else within))  # noqa: TRY301 - reported like any other failure
        except BaseException:
            progress.failed(name, time.monotonic() - began_s)
            raise
        seconds = time.monotonic() - began_s
        progress.done(name, seconds, part.address(ports))
        return seconds

    def _await_health(
        self, name: str, ports: Ports, cancelled: threading.Event, patience_s: float
    ) -> bool:
        """Wait until the process answers; False when it ends, or the time is over."""
        deadline_s = time.monotonic() + patience_s
        pids, part = self._pids(name), self._parts[name]
        while not part.healthy(ports):
            if time.monotonic() > deadline_s or pids.running() is None:
                return False
            if cancelled.wait(_POLL_S):
                return False
        # The process that answers must be ours: a foreign one may have taken the port just now.
        return pids.running() is not None

    def _end(self, name: str, patience_s: float) -> float:
        pids = self._pids(name)
        process: Process | None = pids.running()
        seconds = end(process, patience_s) if process else 0.0
        pids.remove()
        return seconds

    def _failure(self, name: str, what: str) -> str:
        log = self.log(name)
        lines = log.read_text(encoding="utf-8", errors="replace").splitlines()
        tail = "\n".join(f"  {line}" for line in lines[-_SHOWN_LINES:])
        return f"{name} {what}; the end of its log:\n{tail}\nThe whole log: {log}"

    @contextlib.contextmanager
    def _locked(self) -> Iterator[None]:
        """Hold the folder's lock: one start or stop at a time, across processes."""
        (self.home / "run").mkdir(parents=True, exist_ok=True)
        with (self.home / "run" / ".lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield


def _side_by_side(
    names: list[str], work: Callable[[str], float], cancelled: threading.Event
) -> dict[str, float]:
    """Work on every name at once; the first failure cancels the rest and is raised."""
    if not names:
        return {}
    with ThreadPoolExecutor(len(names)) as pool:
        runs = {name: pool.submit(work, name) for name in names}
        try:
            while not all(run.done() for run in runs.values()):
                failed = [run for run in runs.values() if run.done() and run.exception()]
                if failed:
                    failed[0].result()
                time.sleep(_POLL_S / 2)
            return {name: run.result() for name, run in runs.items()}
        except BaseException:
            cancelled.set()
            raise
