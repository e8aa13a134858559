"""Runs Maven so that a person sees it live, and sees why when it fails."""

import os
import re
import subprocess
import threading
import time
from collections.abc import Callable, Sequence
from pathlib import Path

_POLL_S = 0.2
_SHOWN_LINES = 25
# What a second attempt can mend: a connection that broke, a server that was busy.
_TRANSIENT = re.compile(
    r"Could not transfer|Connection reset|timed out|status code: (429|5\d\d)|Premature end"
    r"|Checksum validation failed"
)
# A run takes seconds: time that C2 and G1 need to warm up is never won back.
_FAST_START = "-XX:TieredStopAtLevel=1 -XX:+UseSerialGC"


class MavenError(RuntimeError):
    """Maven failed; the message holds the end of its output and the path of all of it."""


def run_maven(
    command: Sequence[str],
    log: Path,
    alive: Callable[[str], None],
    cancelled: threading.Event,
) -> None:
    """Run Maven, once more when a download failed on the way.

    Args:
        command: `mvn` and its arguments, not quiet: the downloads are counted in its output.
        log: receives the output.
        alive: told a few times a second how long it runs and what it has fetched.
        cancelled: set by another thread to end it.

    Raises:
        MavenError: it failed, twice when a transfer was to blame, or was cancelled.
    """
    log.parent.mkdir(parents=True, exist_ok=True)
    code = _attempt(command, log, alive, cancelled)
    if code != 0 and not cancelled.is_set() and _TRANSIENT.search(_read(log)):
        alive("a download failed, trying once more")
        code = _attempt([*command, "-U"], log, alive, cancelled)
    if code != 0:
        raise MavenError(_failure(code, log))


def _attempt(
    command: Sequence[str],
    log: Path,
    alive: Callable[[str], None],
    cancelled: threading.Event,
) -> int:
    options = f"{_FAST_START} {os.environ.get('MAVEN_OPTS', '')}".strip()
    began_s = time.monotonic()
    with (
        log.open("wb") as output,
        subprocess.Popen(
            list(command),
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            env={**os.environ, "MAVEN_OPTS": options},
        ) as child,
    ):
        while True:
            try:
                return child.wait(_POLL_S)
            except subprocess.TimeoutExpired:
                alive(activity(_read(log), time.monotonic() - began_s))
            if cancelled.is_set():
                child.terminate()
                return child.wait()


def activity(output: str, seconds: float) -> str:
    """What Maven is at, from its output so far.

    >>> activity("Downloaded from central: https://example.org/a/b-1.jar (2 kB)", 12.3)
    '12 s, 1 files fetched, last b-1.jar'
    >>> activity("", 0.4)
    '0 s'
    """
    fetched = re.findall(r"Downloaded from \S+ \S*/(\S+)", output)
    return f"{seconds:.0f} s" + (
        f", {len(fetched)} files fetched, last {fetched[-1]}" if fetched else ""
    )


def _failure(code: int, log: Path) -> str:
    lines = [line for line in _read(log).splitlines() if not line.startswith("Download")]
    # Maven says what went wrong in its ERROR lines; some failures (no JDK) come without.
    errors = [line for line in lines if "[ERROR]" in line]
    shown = "\n".join((errors or lines)[-_SHOWN_LINES:])
    return f"Maven ended with {code}:\n{shown}\nThe whole log: {log}"


def _read(log: Path) -> str:
    return log.read_text(encoding="utf-8", errors="replace")
