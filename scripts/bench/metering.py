"""CPU time and memory of a process and all below it, by kind, from /proc."""

import os
import threading
import time
from dataclasses import dataclass, field
from pathlib import Path

INTERVAL_S = 0.25
_TICKS_PER_S = os.sysconf("SC_CLK_TCK")
_PAGE_BYTES = os.sysconf("SC_PAGE_SIZE")


@dataclass(frozen=True)
class Sample:
    """What was used by then.

    Attributes:
        at_s: Epoch seconds.
        cpu_s: By kind, since each process began; of ended processes what was seen last.
        rss_bytes: Of all processes together.
        rss_bytes_by_kind: The same by kind.
    """

    at_s: float
    cpu_s: dict[str, float]
    rss_bytes: int
    rss_bytes_by_kind: dict[str, int] = field(default_factory=dict)


@dataclass
class Meter(threading.Thread):
    """Samples a tree of processes until told to stop."""

    root_pid: int
    samples: list[Sample] = field(default_factory=list)

    def __post_init__(self) -> None:
        """Make the thread; `start` starts it."""
        super().__init__(daemon=True)
        self._halt = threading.Event()
        self._seen: dict[int, tuple[str, float]] = {}

    def __hash__(self) -> int:
        """By identity: threads are kept in sets."""
        return id(self)

    def run(self) -> None:
        """Sample."""
        while not self._halt.wait(INTERVAL_S):
            self.sample()

    def stop(self) -> None:
        """End the sampling."""
        self._halt.set()
        self.join()

    def sample(self) -> None:
        """Look once."""
        rss_bytes: dict[str, int] = {}
        for pid in tree(self.root_pid):
            try:
                cpu_s, resident = usage(pid)
                kind = self._seen[pid][0] if pid in self._seen else kind_of(pid)
            except (FileNotFoundError, ProcessLookupError):
                continue  # it ended between the two looks
            self._seen[pid] = (kind, cpu_s)
            rss_bytes[kind] = rss_bytes.get(kind, 0) + resident
        cpu_s_by_kind: dict[str, float] = {}
        for kind, spent_s in self._seen.values():
            cpu_s_by_kind[kind] = cpu_s_by_kind.get(kind, 0.0) + spent_s
        total = sum(rss_bytes.values())
        self.samples.append(Sample(time.time(), cpu_s_by_kind, total, rss_bytes))

    def cpu_s(self, at_s: float) -> dict[str, float]:
        """CPU seconds by kind at a time, between two samples in proportion."""
        before = [each for each in self.samples if each.at_s <= at_s]
        after = [each for each in self.samples if each.at_s > at_s]
        if not before or not after:
            nearest = (before[-1:] or after[:1])[0]
            return nearest.cpu_s
        one, other = before[-1], after[0]
        part = (at_s - one.at_s) / (other.at_s - one.at_s)
        return {
            kind: one.cpu_s.get(kind, 0.0) + part * (spent_s - one.cpu_s.get(kind, 0.0))
            for kind, spent_s in other.cpu_s.items()
        }

    @property
    def peak_rss_bytes(self) -> int:
        """The most that all processes together had in memory."""
        return max((each.rss_bytes for each in self.samples), default=0)


def tree(root_pid: int) -> list[int]:
    """A process and all below it."""
    children: dict[int, list[int]] = {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdecimal():
            try:
                children.setdefault(_stat(int(entry.name))[1], []).append(int(entry.name))
            except (FileNotFoundError, ProcessLookupError):
                continue
    found, at = [root_pid], 0
    while at < len(found):
        found += children.get(found[at], [])
        at += 1
    return found


def usage(pid: int) -> tuple[float, int]:
    """CPU seconds and resident bytes of a process; those of its children are their own."""
    fields = _stat(pid)
    return (fields[11] + fields[12]) / _TICKS_PER_S, fields[21] * _PAGE_BYTES


def kind_of(pid: int) -> str:
    """What a process is for: the JVM, a Python worker of PyFlink, or the program itself."""
    command = Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ")
    if b"java " in command[:200]:
        return "jvm"
    return "python workers" if b"pyflink" in command else "program"


def _stat(pid: int) -> list[int]:
    """The fields of /proc/PID/stat after the name; [1] is the parent's pid."""
    text = Path(f"/proc/{pid}/stat").read_text("utf-8", errors="replace")
    state, *numbers = text.rpartition(")")[2].split()
    return [ord(state), *map(int, numbers)]
