"""What can be made to go wrong, as one immutable value that a test or a person swaps."""

import json
import math
from dataclasses import asdict, dataclass, fields
from typing import Any

REFUSALS = ("content_filtered", "guardrail_intervened", "text")
GARBAGE = ("not_json", "no_content", "nonsense")


class FaultError(ValueError):
    """A fault setting that cannot be; the message names the field."""


@dataclass(frozen=True)
class Faults:
    """The faults in force; the defaults are none.

    Attributes:
        latency_ms: added to every answer, throttled ones included.
        throttle_ratio: the share of calls answered with ThrottlingException, evenly spread.
        refuse: how the model declines, one of `REFUSALS`; true in JSON means the first.
        garbage: what comes in place of an answer, one of `GARBAGE`; true means the first.
        hang: no answer at all until the fault is lifted or the client leaves.
    """

    latency_ms: float = 0.0
    throttle_ratio: float = 0.0
    refuse: str | None = None
    garbage: str | None = None
    hang: bool = False

    @classmethod
    def parse(cls, body: bytes) -> "Faults":
        """Read the body of `PUT /faults`; what it does not name is off.

        Raises:
            FaultError: not a JSON object, an unknown field, or a value out of range.

        >>> Faults.parse(b'{"latency_ms": 300, "refuse": true}')
        Faults(latency_ms=300.0, throttle_ratio=0.0, refuse='content_filtered', garbage=None, hang=False)
        """  # noqa: E501 - the printed value is one line
        try:
            given = json.loads(body or b"{}")
        except (ValueError, RecursionError) as error:
            message = f"the faults are not JSON: {error}"
            raise FaultError(message) from error
        if not isinstance(given, dict):
            message = "the faults must be a JSON object"
            raise FaultError(message)
        known = [field.name for field in fields(cls)]
        unknown = sorted(set(given) - set(known))
        if unknown:
            message = f"unknown fault {', '.join(unknown)}; there are {', '.join(known)}"
            raise FaultError(message)
        hang = given.get("hang", False)
        if not isinstance(hang, bool):
            message = "hang must be true or false"
            raise FaultError(message)
        return cls(
            latency_ms=_number("latency_ms", given.get("latency_ms", 0), 600_000),
            throttle_ratio=_number("throttle_ratio", given.get("throttle_ratio", 0), 1),
            refuse=_choice("refuse", given.get("refuse", False), REFUSALS),
            garbage=_choice("garbage", given.get("garbage", False), GARBAGE),
            hang=hang,
        )

    def as_json(self) -> dict[str, Any]:
        """The same faults as `parse` reads them."""
        return asdict(self)


def _number(name: str, value: object, largest: float) -> float:
    # bool is an int to Python, and json.loads reads the bare word NaN.
    if isinstance(value, bool) or not isinstance(value, int | float) or math.isnan(value):
        message = f"{name} must be a number"
        raise FaultError(message)
    if not 0 <= value <= largest:
        message = f"{name} must be between 0 and {largest:g}, not {value:g}"
        raise FaultError(message)
    return float(value)


def _choice(name: str, value: object, choices: tuple[str, ...]) -> str | None:
    if value is False or value is None:
        return None
    if value is True:
        return choices[0]
    if value not in choices:
        message = f"{name} must be true, false or one of {', '.join(choices)}"
        raise FaultError(message)
    return str(value)
