"""What keeps calls to the model affordable and brief: a circuit breaker and a daily budget.

Both live in one task and are forgotten when it restarts.
"""

import logging
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from typing import Any

logger = logging.getLogger(__name__)


def today_utc() -> date:
    """Give the day by which budgets run."""
    return datetime.now(UTC).date()


@dataclass
class Breaker:
    """Skips calls for a while after several failures in a row, then lets one call try.

    Attributes:
        failures: So many in a row open it.
        cool_down_s: How long it stays open; again, if the trial call fails.
        clock: Seconds that only grow.
    """

    failures: int = 5
    cool_down_s: float = 30.0
    clock: Callable[[], float] = time.monotonic
    _in_a_row: int = field(default=0, init=False)
    _open_until: float | None = field(default=None, init=False)
    _on_trial: bool = field(default=False, init=False)

    def allows(self) -> bool:
        """Ask for one call; after True, `succeeded`, `failed` or `abandoned` must follow."""
        if self._open_until is None:
            return True
        if self._on_trial or self.clock() < self._open_until:
            return False
        self._on_trial = True
        return True

    def succeeded(self) -> None:
        """Note an answer of whatever quality: the service is there."""
        self._in_a_row, self._open_until, self._on_trial = 0, None, False

    def failed(self, error: BaseException) -> None:
        """Note a call without an answer."""
        self._in_a_row += 1
        if self._on_trial or self._in_a_row >= self.failures:
            if self._open_until is None:
                logger.warning(
                    "describing paused: failures=%d cool_down_s=%g last=%s: %s",
                    self._in_a_row,
                    self.cool_down_s,
                    type(error).__name__,
                    error,
                )
            self._open_until = self.clock() + self.cool_down_s
        self._on_trial = False

    def abandoned(self) -> None:
        """Note that the call was not made after all."""
        self._on_trial = False


@dataclass
class Spending:
    """Limits in USD of a call and of a day, which calls in flight cannot pass.

    Attributes:
        daily_usd: The limit of one UTC day.
        input_usd_per_million: Price of a million input tokens.
        output_usd_per_million: Price of a million output tokens.
        call_usd: The limit of one call.
        today: The day.
    """

    daily_usd: float
    input_usd_per_million: float
    output_usd_per_million: float
    call_usd: float = 0.01
    today: Callable[[], date] = today_utc
    _day: date | None = field(default=None, init=False)
    _spent_usd: float = field(default=0.0, init=False)

    @property
    def spent_usd(self) -> float:
        """What today has cost, calls in flight at their most."""
        day = self.today()
        if day != self._day:
            self._day, self._spent_usd = day, 0.0
        return self._spent_usd

    def cost_usd(self, input_tokens: int, output_tokens: int) -> float:
        """Price a call."""
        return (
            input_tokens * self.input_usd_per_million + output_tokens * self.output_usd_per_million
        ) / 1e6

    def most_usd(self, request: dict[str, Any]) -> float:
        """Bound what a call can cost: no token is shorter than a byte."""
        return self.cost_usd(len(str(request).encode()), request["inferenceConfig"]["maxTokens"])

    def reserve(self, amount_usd: float) -> bool:
        """Set money aside before a call; False if it may cost too much, or too little is left."""
        if amount_usd > self.call_usd or self.spent_usd + amount_usd > self.daily_usd:
            return False
        self._spent_usd += amount_usd
        return True

    def settle(self, reserved_usd: float, cost_usd: float) -> None:
        """Replace what was set aside by what the call cost."""
        self._spent_usd = max(0.0, self.spent_usd - reserved_usd + cost_usd)
