"""What a person sees while it runs: plain lines; on a terminal the last one keeps changing."""

import sys
from typing import TextIO

from scripts.deployment.clock import Clock

REPEAT_S = 60.0


class Reporter:
    """Writes progress; results go elsewhere."""

    def __init__(self, file: TextIO | None = None, clock: Clock | None = None) -> None:
        """Take the file, by default stderr."""
        self._file = sys.stderr if file is None else file
        self._clock = clock
        self._is_terminal = self._file.isatty()
        self._began: float | None = None
        self._waiting = ""
        self._waited_at = 0.0
        self._is_open = False

    def say(self, text: str) -> None:
        """One line."""
        self._close()
        self._write(f"{self._elapsed()}{text}\n")
        self._waiting = ""

    def waiting(self, text: str) -> None:
        """What is being waited for: in place on a terminal, else once and then every minute."""
        if self._is_terminal:
            self._write(f"\r\x1b[K{self._elapsed()}  {text} ...")
            self._is_open = True
            return
        now_s = self._now_s()
        if text != self._waiting or now_s - self._waited_at >= REPEAT_S:
            self._write(f"{self._elapsed()}  {text} ...\n")
            self._waiting, self._waited_at = text, now_s

    def _close(self) -> None:
        if self._is_open:
            self._write("\r\x1b[K")
            self._is_open = False

    def _write(self, text: str) -> None:
        self._file.write(text)
        self._file.flush()

    def _now_s(self) -> float:
        return 0.0 if self._clock is None else self._clock.now().timestamp()

    def _elapsed(self) -> str:
        """Minutes and seconds since the first line."""
        if self._began is None:
            self._began = self._now_s()
        minutes, seconds = divmod(round(self._now_s() - self._began), 60)
        return f"{minutes:02d}:{seconds:02d}  "
