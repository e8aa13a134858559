"""What the calls of a batch amounted to: how many, how many failed and how, how slow."""

import time
from asyncio import CancelledError
from collections import Counter
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any

from udfs.describing.batch import Answer, NotAllowedError, ThrottledError


@dataclass
class Calls:
    """Counts of one batch.

    Attributes:
        made: Calls begun, repeated ones included.
        errors: Calls without an answer, by kind: timeout, throttled, not_allowed, failed.
        slowest_ms: The slowest call, answered or not; 0 without calls.
    """

    made: int = 0
    errors: Counter[str] = field(default_factory=Counter)
    slowest_ms: int = 0

    def measure(
        self,
        ask: Callable[[dict[str, Any]], Awaitable[Answer]],
        clock: Callable[[], float] = time.monotonic,
    ) -> Callable[[dict[str, Any]], Awaitable[Answer]]:
        """Make an `ask` that does the same and is counted here."""

        async def measured(request: dict[str, Any]) -> Answer:
            self.made += 1
            begun_s = clock()
            try:
                return await ask(request)
            except BaseException as error:  # a call cancelled at its deadline is a timeout
                self.errors[kind_of(error)] += 1
                raise
            finally:
                self.slowest_ms = max(self.slowest_ms, round((clock() - begun_s) * 1000))

        return measured


def kind_of(error: BaseException) -> str:
    """Name an error as the metric's label does.

    >>> kind_of(ThrottledError()), kind_of(TimeoutError()), kind_of(ValueError())
    ('throttled', 'timeout', 'failed')
    """
    match error:
        case ThrottledError():
            return "throttled"
        case NotAllowedError():
            return "not_allowed"
        case TimeoutError() | CancelledError():
            return "timeout"
        case _:
            return "failed"
