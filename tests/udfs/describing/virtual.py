"""An event loop whose time passes only when everybody waits: an hour of timeouts takes no time."""

import asyncio
import selectors
from collections.abc import Coroutine
from typing import Any, TypeVar

Result = TypeVar("Result")


class _Selector(selectors.DefaultSelector):
    def __init__(self) -> None:
        super().__init__()
        self.now_s = 1_000.0

    def select(self, timeout: float | None = None) -> list[Any]:
        assert timeout is not None, "everybody waits and no timer is set: this would hang"
        self.now_s += max(0.0, timeout)
        return super().select(0)


class VirtualLoop(asyncio.SelectorEventLoop):
    def __init__(self) -> None:
        self._clock = _Selector()
        super().__init__(self._clock)

    def time(self) -> float:
        return self._clock.now_s


def run(coroutine: Coroutine[Any, Any, Result]) -> tuple[Result, float]:
    """Run to the end.

    Returns:
        The result, and the virtual seconds that passed.
    """
    loop = VirtualLoop()
    try:
        started = loop.time()
        return loop.run_until_complete(coroutine), loop.time() - started
    finally:
        loop.close()
