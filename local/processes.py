"""Processes that outlive the command that started them, and are never mistaken for others.

A pid alone proves nothing: the system hands it out again. The file beside a component keeps the
pid together with the moment the process began, and only a process that has both is ours.
"""

import contextlib
import json
import os
import shutil
import signal
import subprocess
import time
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

_POLL_S = 0.05
_LOG_LIMIT_BYTES = 5 * 1024 * 1024
_BOOT_ID = Path("/proc/sys/kernel/random/boot_id")

# Children of this very process must be reaped here, or they stay as zombies; by pid.
_children: dict[int, subprocess.Popen[bytes]] = {}


@dataclass(frozen=True)
class Process:
    """A process as the pid file names it; `began` is opaque text, equal only for the same one."""

    pid: int
    began: str


def read_identity(pid: int) -> str | None:
    """When the process began, as comparable text; None when it is gone or only a zombie."""
    child = _children.get(pid)
    if child is not None and child.poll() is not None:
        _children.pop(pid, None)
    if _BOOT_ID.exists():
        try:
            stat = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8", errors="replace")
        except (FileNotFoundError, ProcessLookupError):
            return None
        # The name (field 2) may hold spaces and brackets; the fields after it count from 3.
        state, *rest = stat.rpartition(")")[2].split()
        threads, began = int(rest[16]), rest[18]
        # A killed JVM shows as a zombie while its other threads still hold its ports and files.
        if state not in "ZX" or threads > 1:
            return f"{_BOOT_ID.read_text().strip()}/{began}"
        if child is not None:
            child.wait()  # it ended between the two looks
            _children.pop(pid, None)
        return None
    listed = subprocess.run(  # systems without /proc
        [shutil.which("ps") or "ps", "-o", "stat=,lstart=", "-p", str(pid)],
        capture_output=True,
        text=True,
        check=False,
    )
    state, _, began = listed.stdout.strip().partition(" ")
    return None if not state or state.startswith("Z") else began.strip()


class PidFile:
    """The file that remembers one process."""

    def __init__(self, path: Path) -> None:
        """Bind to `path`; nothing is read until asked."""
        self.path = path

    def running(self) -> Process | None:
        """The remembered process if that very one still runs, else None."""
        try:
            process = Process(**json.loads(self.path.read_text(encoding="utf-8")))
        except (FileNotFoundError, ValueError, TypeError):
            return None
        return process if read_identity(process.pid) == process.began else None

    def write(self, process: Process) -> None:
        """Remember `process`; written whole or not at all."""
        self.path.parent.mkdir(parents=True, exist_ok=True)
        partial = self.path.with_suffix(".partial")
        partial.write_text(json.dumps(asdict(process)) + "\n", encoding="utf-8")
        partial.replace(self.path)

    def remove(self) -> None:
        """Forget the process."""
        self.path.unlink(missing_ok=True)


def spawn(
    command: Sequence[str], log: Path, folder: Path, environment: Mapping[str, str], pids: PidFile
) -> Process:
    """Start a process in a session of its own, so that neither Ctrl-C nor our end reaches it.

    Args:
        command: program and arguments.
        log: receives standard output and error, appended; started anew above 5 MB.
        folder: working directory.
        environment: all variables of the process.
        pids: remembers the process at once.

    Raises:
        OSError: the program cannot be started.
    """
    log.parent.mkdir(parents=True, exist_ok=True)
    if log.exists() and log.stat().st_size > _LOG_LIMIT_BYTES:
        log.replace(log.with_suffix(".log.old"))
    with log.open("ab") as output:
        child = subprocess.Popen(
            list(command),
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            cwd=folder,
            env=dict(environment),
            start_new_session=True,
        )
    _children[child.pid] = child
    # A process that ended at once has no start any more; an empty one never matches.
    process = Process(child.pid, read_identity(child.pid) or "")
    pids.write(process)
    return process


def end(process: Process, patience_s: float) -> float:
    """End a process and what it started: politely, then by force.

    Args:
        process: one that `PidFile.running` or `spawn` returned; a recycled pid is left alone.
        patience_s: how long it may take to end by itself; 0 kills it at once.

    Returns:
        Seconds it took.

    Raises:
        RuntimeError: it lives on 10 s after SIGKILL.
    """
    began_s = time.monotonic()
    if read_identity(process.pid) != process.began:
        return 0.0
    if patience_s > 0 and _signal_group(process, signal.SIGTERM):
        _wait_gone(process, patience_s)
    if _signal_group(process, signal.SIGKILL) and not _wait_gone(process, 10):
        message = f"process {process.pid} lives on after SIGKILL"
        raise RuntimeError(message)
    # It was seen alive above, so what is left of its group now are its orphans.
    with contextlib.suppress(ProcessLookupError, PermissionError):
        if read_identity(process.pid) is None:
            os.killpg(process.pid, signal.SIGKILL)
    return time.monotonic() - began_s


def _signal_group(process: Process, number: signal.Signals) -> bool:
    """Signal the group whose leader is `process`; False when that one is gone."""
    if read_identity(process.pid) != process.began:
        return False
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, number)
    return True


def _wait_gone(process: Process, patience_s: float) -> bool:
    deadline_s = time.monotonic() + patience_s
    while read_identity(process.pid) == process.began:
        if time.monotonic() > deadline_s:
            return False
        time.sleep(_POLL_S)
    return True
