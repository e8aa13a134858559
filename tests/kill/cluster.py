"""The standalone cluster of the ring: its processes can be killed and come back."""

import os
import signal
import subprocess
import threading
import time
from pathlib import Path
from typing import Any

from local.processes import read_identity
from tests.scripts.cluster import Cluster

JOBMANAGER, TASKMANAGER = "jobmanager.sh", "taskmanager.sh"
WORKER = "pyflink.fn_execution.beam.beam_boot"
CHECKPOINT_S = 2
RECOVERY_S = 300.0
SETTINGS = {
    "execution.checkpointing.interval": f"{CHECKPOINT_S} s",
    "execution.checkpointing.externalized-checkpoint-retention": "RETAIN_ON_CANCELLATION",
    "execution.checkpointing.incremental": "true",
    "restart-strategy.type": "exponential-delay",
    "restart-strategy.exponential-delay.initial-backoff": "500 ms",
    "restart-strategy.exponential-delay.max-backoff": "3 s",
    # A dead TaskManager is missed soon; the default of 50 s is for networks.
    "heartbeat.interval": "1000",
    "heartbeat.timeout": "20000",
    "heartbeat.rpc-failure-threshold": "2",
    "slotmanager.redundant-taskmanager-num": "0",
}


class KillableCluster(Cluster):
    """A JobManager and a TaskManager by name."""

    def __init__(self, folder: Path, python: Path, environ: dict[str, str]) -> None:
        super().__init__(folder, python, environ, SETTINGS)
        self.checkpoints = folder / "checkpoints"
        self._named: dict[str, subprocess.Popen[bytes]] = {}
        self._lock = threading.RLock()
        self._known: list[int] = []
        self._is_over = threading.Event()
        self._guard = threading.Thread(target=self._watch, daemon=True)
        # A task that fails while its Python starts can end its TaskManager: PyFlink 2.2.1 closes
        # an Arrow writer that is gone, and Flink takes that for fatal. The service starts such a
        # container anew, and so does the ring.
        self.fatal_exits = 0
        self._restarts, self._restarted_at_ms = 0, 0

    def start(self) -> None:
        super().start()
        self._guard.start()

    def check(self) -> None:
        """What ends by itself comes back; see `fatal_exits`."""

    def _watch(self) -> None:
        while not self._is_over.wait(1):
            with self._lock:
                process = self._named.get(TASKMANAGER)
                if process is None:
                    continue
                if process.poll() is None:
                    self._known = self.workers()
                    continue
                self.fatal_exits += 1
                self._processes.remove(process)
                self.end(self._known)
                self.spawn(TASKMANAGER)

    def spawn(self, script: str) -> subprocess.Popen[bytes]:
        self._named[script] = process = super().spawn(script)
        return process

    def pid(self, script: str) -> int:
        """Of the JVM."""
        return self._named[script].pid

    def kill(self, script: str) -> int:
        """SIGKILL to the JVM alone; returns its pid once it is gone. Its workers live on."""
        with self._lock:
            process = self._named.pop(script)
            self._processes.remove(process)
            process.kill()
            assert process.wait(30) == -signal.SIGKILL
            return process.pid

    def workers(self) -> list[int]:
        """Pids of the Python processes below the TaskManager, workers last."""
        parents: dict[int, int] = {}
        commands: dict[int, str] = {}
        for folder in Path("/proc").glob("[0-9]*"):
            try:
                stat = (folder / "stat").read_text(errors="replace")
                commands[int(folder.name)] = (folder / "cmdline").read_text(errors="replace")
            except OSError:
                continue
            parents[int(folder.name)] = int(stat.rpartition(")")[2].split()[1])
        below = {self.pid(TASKMANAGER)}
        while more := {pid for pid, parent in parents.items() if parent in below} - below:
            below |= more
        below.discard(self.pid(TASKMANAGER))
        return sorted(below, key=lambda pid: (WORKER in commands[pid], pid))

    def sdk_workers(self) -> list[int]:
        """Those of `workers` that run the functions."""
        return [pid for pid in self.workers() if WORKER in command_of(pid)]

    def end(self, pids: list[int]) -> list[int]:
        """End processes that lost their JVM, by pid; returns those that still lived."""
        alive = [pid for pid in pids if read_identity(pid) is not None]
        for pid in alive:
            try:
                os.kill(pid, signal.SIGKILL)
            except ProcessLookupError:
                continue
        return alive

    def stop(self) -> None:
        self._is_over.set()
        if self._guard.is_alive():
            self._guard.join(30)
        orphans = self.workers() if TASKMANAGER in self._named else []
        super().stop()
        self.end(orphans)

    def job(self) -> dict[str, Any] | None:
        """The newest job that has not ended, as /jobs/overview shows it."""
        try:
            jobs = self.get("/jobs/overview")["jobs"]
        except (OSError, ValueError):
            return None
        open_jobs = [job for job in jobs if job["state"] not in ("FAILED", "CANCELED", "FINISHED")]
        return max(open_jobs, key=lambda job: job["start-time"], default=None)

    def is_running(self) -> bool:
        """Whether every task runs."""
        job = self.job()
        return job is not None and job["tasks"]["running"] == job["tasks"]["total"]

    def counts(self) -> dict[str, int]:
        """Checkpoints of the job: completed, failed, restored; and restarts that were seen.

        The metric numRestarts can stand still for minutes: the web server goes on asking a
        TaskManager that is dead.
        """
        job = self.job()
        if job is None:
            return {}
        try:
            said: dict[str, int] = self.get(f"/jobs/{job['jid']}/checkpoints")["counts"]
            restarted_at_ms = self.get(f"/jobs/{job['jid']}")["timestamps"]["RESTARTING"]
        except (OSError, ValueError):
            return {}
        if restarted_at_ms > self._restarted_at_ms:
            self._restarts, self._restarted_at_ms = self._restarts + 1, restarted_at_ms
        return said | {"restarts": self._restarts}

    def await_count(self, name: str, more_than: int, deadline_s: float = RECOVERY_S) -> int:
        """Wait until a count of the job is over a number; returns it."""
        until_s = time.monotonic() + deadline_s
        while (value := self.counts().get(name, -1)) <= more_than:
            assert time.monotonic() < until_s, f"{name} stays {value}\n{self.logs()}"
            time.sleep(0.3)
        return value

    def await_recovered(self, deadline_s: float = RECOVERY_S) -> None:
        """Wait until every task runs and one more checkpoint is complete."""
        until_s = time.monotonic() + deadline_s
        completed = None
        while True:
            assert time.monotonic() < until_s, f"no recovery: {self.job()}\n{self.logs()}"
            counts = self.counts()
            if not self.is_running():
                completed = None
            elif completed is None:
                completed = counts.get("completed")
            elif counts.get("completed", -1) > completed:
                return
            time.sleep(0.3)

    def newest_checkpoints(self) -> list[Path]:
        """Folders of complete checkpoints, the newest first."""
        found = list(self.checkpoints.glob("*/chk-*/_metadata"))
        return [
            path.parent
            for path in sorted(found, key=lambda path: path.stat().st_mtime_ns, reverse=True)
        ]


def command_of(pid: int) -> str:
    """The command line of a process; empty when it is gone."""
    try:
        return Path(f"/proc/{pid}/cmdline").read_text(errors="replace")
    except OSError:
        return ""
