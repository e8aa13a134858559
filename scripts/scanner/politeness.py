"""Not more than one request at a time to a host, and not too often."""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC
from email.utils import parsedate_to_datetime

MIN_DELAY_S = 1.0
# No server may silence the scanner for longer.
MAX_RETRY_AFTER_S = 86_400.0


class HostBlockedError(Exception):
    """The host asked to be left alone.

    Attributes:
        seconds: How much longer.
    """

    def __init__(self, host: str, seconds: float) -> None:
        """Say which host, and for how many more seconds."""
        super().__init__(f"{host} asked for a pause: {seconds:.0f} s left")
        self.seconds = seconds


class Politeness:
    """Turns to talk to hosts; safe to share between threads."""

    def __init__(
        self,
        min_delay_s: float = MIN_DELAY_S,
        monotonic: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], object] = time.sleep,
    ) -> None:
        """Keep `min_delay_s` between the end of a request and the next to the same host."""
        self._min_delay_s = min_delay_s
        self._monotonic = monotonic
        self._sleep = sleep
        self._guard = threading.Lock()
        self._turns: dict[str, threading.Lock] = {}
        self._free_at: dict[str, float] = {}
        self._blocked_until: dict[str, float] = {}

    @contextmanager
    def turn(self, host: str) -> Iterator[None]:
        """Wait until the host may be asked, and keep others from it meanwhile.

        Raises:
            HostBlockedError: it asked for a pause that is not over.
        """
        with self._guard:
            turn = self._turns.setdefault(host, threading.Lock())
        with turn:
            now = self._monotonic()
            if (left := self._blocked_until.get(host, now) - now) > 0:
                raise HostBlockedError(host, left)
            if (wait := self._free_at.get(host, now) - now) > 0:
                self._sleep(wait)
            try:
                yield
            finally:
                self._free_at[host] = self._monotonic() + self._min_delay_s

    def block(self, host: str, seconds: float) -> None:
        """Leave the host alone for so long."""
        self._blocked_until[host] = self._monotonic() + seconds


def retry_after_s(header: str | None, now_s: float) -> float | None:
    """Seconds that a Retry-After header asks for; None = it asks for nothing readable.

    Args:
        header: Seconds, or an HTTP date.
        now_s: Unix time.
    """
    if header is None:
        return None
    header = header.strip()
    if header.isascii() and header.isdigit():
        seconds = float(header[:12])
    else:
        try:
            moment = parsedate_to_datetime(header)
        except (ValueError, TypeError, IndexError):
            return None
        if moment.tzinfo is None:
            moment = moment.replace(tzinfo=UTC)
        seconds = moment.timestamp() - now_s
    return min(max(seconds, 0.0), MAX_RETRY_AFTER_S)
