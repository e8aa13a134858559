"""A progress bar of a long run: how much is done, what is under way, how long it took so far."""

import sys
import time
from typing import TextIO

WIDTH = 24


class Progress:
    """Told of each step as it begins; one line that renews itself, or a line a step in a file."""

    def __init__(self, steps: int, out: TextIO | None = None) -> None:
        """Expect this many steps."""
        self._steps, self._out = max(1, steps), out or sys.stderr
        self._done, self._begin = 0, time.monotonic()

    def __call__(self, what: str) -> None:
        """A step begins, so the one before is done."""
        filled = min(WIDTH, WIDTH * self._done // self._steps)
        bar = "#" * filled + "." * (WIDTH - filled)
        spent_s = time.monotonic() - self._begin
        line = f"[{bar}] {self._done:3d}/{self._steps} {spent_s:5.0f} s  {what}"
        is_last = self._done + 1 >= self._steps
        if self._out.isatty():
            self._out.write(f"\r\x1b[K{line[:100]}" + ("\n" if is_last else ""))
        else:
            self._out.write(f"{line}\n")
        self._out.flush()
        self._done += 1
