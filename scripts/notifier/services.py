"""Where messages go: any service of apprise, this terminal, a note on this desktop.

URLs of services hold passwords and tokens: a service is only ever called by its number and scheme,
and what apprise says about a failure is told without any part of the URL.
"""

import logging
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Protocol, TextIO
from urllib.parse import unquote

import apprise
from rich.console import Console

from scripts.notifier.messages import Message

DESKTOP_S = 10.0
_SHORTEST_SECRET = 3
# Who logs URLs while a message is sent.
_TALKATIVE = ("apprise", "urllib3", "requests")


class ServiceError(Exception):
    """A service cannot be used at all; the message holds no secret."""


class SendError(Exception):
    """A message was not taken; the message says why and holds no secret."""


class Service(Protocol):
    """Takes messages."""

    name: str

    def send(self, message: Message) -> None:
        """Send a message.

        Raises:
            SendError: it was not taken.
        """


class AppriseService:
    """One service of apprise."""

    def __init__(self, url: str, number: int) -> None:
        """Understand the URL; nothing is sent.

        Args:
            url: as apprise documents it, e.g. mailto://user:password@example.com.
            number: of this service, from 1, for its name.

        Raises:
            ServiceError: apprise does not understand the URL.
        """
        scheme = url.partition("://")[0] if "://" in url else "no scheme"
        self.name = f"service {number} ({scheme[:20]})"
        self._secrets = _secrets(url)
        self._apprise = apprise.Apprise()
        with _complaints() as said:
            is_taken = self._apprise.add(url)
        if not is_taken:
            why = self._redacted(said) or "apprise does not know such a URL"
            message = f"{self.name}: {why}"
            raise ServiceError(message)
        if "overflow=" not in url:
            for plugin in self._apprise:  # rather several messages than a refused one
                plugin.overflow_mode = apprise.OverflowMode.SPLIT

    def send(self, message: Message) -> None:
        """Send a message."""
        with _complaints() as said:
            is_taken = self._apprise.notify(
                title=message.title, body=message.body, body_format=apprise.NotifyFormat.TEXT
            )
        if not is_taken:
            raise SendError(self._redacted(said) or "apprise does not say why")

    def _redacted(self, said: Sequence[str]) -> str:
        text = "; ".join(dict.fromkeys(said))  # each complaint once
        for secret in self._secrets:
            text = text.replace(secret, "***")
        return text


class Terminal:
    """Shows messages here: with colours in a terminal, a line a message anywhere else."""

    name = "this terminal"

    def __init__(self, file: TextIO | None = None, prefix: str = "") -> None:
        """Take the open file, standard output by default, and what to put before each message."""
        self._console = Console(
            file=file or sys.stdout, highlight=False, emoji=False, soft_wrap=True
        )
        self._prefix = prefix

    def send(self, message: Message) -> None:
        """Print a message."""
        title = f"{self._prefix}{message.title}"
        if not self._console.is_terminal:
            line = "  ".join([title, *message.body.split("\n")])
            self._console.print(line, markup=False)
            self._console.file.flush()
            return
        self._console.print(title, style="bold green", markup=False)
        for line in message.body.split("\n"):
            style = "cyan" if line.lstrip().startswith(("https://", "http://")) else None
            self._console.print(f"  {line}", style=style, markup=False)
        self._console.print()


class Desktop:
    """Opens notes on this desktop, by what the system has for it."""

    name = "this desktop"

    def __init__(self) -> None:
        """Find the program.

        Raises:
            ServiceError: there is none.
        """
        for program in ("notify-send", "osascript"):
            found = shutil.which(program)
            if found:
                self._program = found
                return
        message = (
            "no desktop notes here: neither notify-send (Linux) nor osascript (macOS) is there"
        )
        raise ServiceError(message)

    def send(self, message: Message) -> None:
        """Open a note."""
        try:
            done = subprocess.run(  # noqa: S603 - no shell; the texts are arguments, not commands
                self._command(message), capture_output=True, timeout=DESKTOP_S, check=False
            )
        except (OSError, subprocess.TimeoutExpired) as error:
            raise SendError(type(error).__name__) from error
        if done.returncode:
            raise SendError(done.stderr.decode(errors="replace").strip() or "no note was opened")

    def _command(self, message: Message) -> list[str]:
        if Path(self._program).name == "notify-send":
            return [self._program, "--app-name=Deal Finder", "--", message.title, message.body]
        script = (
            "on run argv\ndisplay notification (item 2 of argv) with title (item 1 of argv)\nend"
        )
        return [self._program, "-e", script, message.title, message.body]


def read_urls(path: Path) -> list[str]:
    """The URLs in a file, one a line; empty lines and those that begin with # do not count.

    Raises:
        ServiceError: the file cannot be read.
    """
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        message = f"{path}: {error}"
        raise ServiceError(message) from error
    return [line.strip() for line in lines if line.strip() and not line.lstrip().startswith("#")]


def _secrets(url: str) -> list[str]:
    """Every part of a URL behind its scheme, as written and decoded, the longest first."""
    rest = url.partition("://")[2] or url
    written = [rest, *re.split(r"[/@:?&=+,;#\s]+", rest)]
    parts = {part for each in written for part in (each, unquote(each))}
    return sorted((part for part in parts if len(part) >= _SHORTEST_SECRET), key=len, reverse=True)


@contextmanager
def _complaints() -> Iterator[list[str]]:
    """What is complained about meanwhile; it goes nowhere else, for it may hold secrets."""
    said: list[str] = []
    handler = logging.Handler(logging.WARNING)
    handler.emit = lambda record: said.append(record.getMessage())  # type: ignore[method-assign]
    logs = [logging.getLogger(name) for name in _TALKATIVE]
    before = [(log, log.propagate, log.level) for log in logs]
    for log in logs:
        log.addHandler(handler)
        log.propagate = False
        log.setLevel(logging.WARNING)
    try:
        yield said
    finally:
        for log, propagate, level in before:
            log.removeHandler(handler)
            log.propagate = propagate
            log.setLevel(level)
