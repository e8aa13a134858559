"""What a person sees while something takes time: a line per step, and a sign of life."""

import sys
import threading
import time
from typing import IO

from rich.console import Console
from rich.markup import escape
from rich.status import Status

_PLAIN_EVERY_S = 5.0


class Progress:
    """Receives the steps of a long piece of work; this one is silent.

    Steps run side by side, so every call names its step and may come from any thread.
    """

    def started(self, step: str, what: str) -> None:
        """A step begins; `what` says what it does."""

    def alive(self, step: str, note: str) -> None:
        """A step is still at it; may be called as often as it likes."""

    def done(self, step: str, seconds: float, note: str = "") -> None:
        """A step ended well."""

    def failed(self, step: str, seconds: float) -> None:
        """A step failed; the error itself is raised to the caller."""

    def close(self) -> None:
        """No more steps: leave the terminal as it was."""

    def __enter__(self) -> "Progress":
        """Use as a context, so that the terminal is always left as it was."""
        return self

    def __exit__(self, *_: object) -> None:
        """Close, whatever happened."""
        self.close()


class PlainProgress(Progress):
    """One line an event, for pipes and logs; a sign of life every 5 s at most."""

    def __init__(self, stream: IO[str], every_s: float = _PLAIN_EVERY_S) -> None:
        """Write to `stream`; at least `every_s` seconds lie between two signs of life."""
        self._stream = stream
        self._every_s = every_s
        self._lock = threading.Lock()
        self._said_s: dict[str, float] = {}

    def started(self, step: str, what: str) -> None:
        """`step: what ...`."""
        self._said_s[step] = time.monotonic()
        self._say(f"{step}: {what} ...")

    def alive(self, step: str, note: str) -> None:
        """`step: note`, but not too often."""
        now_s = time.monotonic()
        if now_s - self._said_s.get(step, now_s) >= self._every_s:
            self._said_s[step] = now_s
            self._say(f"{step}: {note}")

    def done(self, step: str, seconds: float, note: str = "") -> None:
        """`step: done in 1.2 s, note`."""
        self._say(f"{step}: done in {seconds:.1f} s" + (f", {note}" if note else ""))

    def failed(self, step: str, seconds: float) -> None:
        """`step: FAILED after 1.2 s`."""
        self._say(f"{step}: FAILED after {seconds:.1f} s")

    def _say(self, line: str) -> None:
        with self._lock:
            print(line, file=self._stream, flush=True)


class TerminalProgress(Progress):
    """A spinner that names what runs, and a line with a tick for what has ended."""

    def __init__(self, console: Console) -> None:
        """Draw on `console`, which must be a terminal."""
        self._console = console
        self._lock = threading.Lock()
        self._running: dict[str, str] = {}
        self._status: Status | None = None

    def started(self, step: str, what: str) -> None:
        """Show the step in the spinner's line."""
        self._change(step, what)

    def alive(self, step: str, note: str) -> None:
        """Replace what the spinner says of the step."""
        self._change(step, note)

    def done(self, step: str, seconds: float, note: str = "") -> None:
        """A green tick, the step, its seconds."""
        self._change(step, None)
        extra = f"  [dim]{escape(note)}[/dim]" if note else ""
        self._console.print(
            f"[green]✓[/green] {escape(step):<12} {seconds:5.1f} s{extra}", highlight=False
        )

    def failed(self, step: str, seconds: float) -> None:
        """A red cross, the step, its seconds."""
        self._change(step, None)
        self._console.print(f"[red]✗[/red] {escape(step):<12} {seconds:5.1f} s", highlight=False)

    def close(self) -> None:
        """Remove the spinner."""
        with self._lock:
            self._running.clear()
            if self._status is not None:
                self._status.stop()
                self._status = None

    def _change(self, step: str, note: str | None) -> None:
        with self._lock:
            if note is None:
                self._running.pop(step, None)
            else:
                self._running[step] = note
            text = "   ".join(f"{escape(s)}: {escape(n)}" for s, n in self._running.items())
            if self._status is None:
                if not text:
                    return
                self._status = self._console.status(text)
                self._status.start()
            elif text:
                self._status.update(text)
            else:
                self._status.stop()
                self._status = None


def progress_for(stream: IO[str] | None = None) -> Progress:
    """The progress that suits where the output goes: drawn in a terminal, lines elsewhere."""
    stream = stream or sys.stdout
    console = Console(file=stream)
    return TerminalProgress(console) if console.is_terminal else PlainProgress(stream)
