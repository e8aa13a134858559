"""How often and when a rule tells: quiet hours, daily cap, cool-down, re-alerts, digests.

What follows from the deal's event time alone is worked out here; what needs to be remembered, in
`memory`.
"""

from dataclasses import dataclass
from typing import Annotated, Literal

from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    StringConstraints,
    model_validator,
)

from udfs.alerting.hours import local_day, period_end, quiet_until, window, zone

DAY_MINUTES = 24 * 60
# Ratios are whole hundredths of a per cent, so that prices are compared exactly.
BASIS_POINTS = 10_000


def _is_zone(name: str) -> str:
    zone(name)
    return name


def _is_window(text: str) -> str:
    window(text)
    return text


def _has_four_places(ratio: float) -> float:
    if abs(ratio * BASIS_POINTS - round(ratio * BASIS_POINTS)) > 1e-6:
        message = "has at most four places"
        raise ValueError(message)
    return ratio


class _Frozen(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)


class Digest(_Frozen):
    """The best deals of a period in one message, instead of each at once."""

    every_hours: Literal[1, 2, 3, 4, 6, 8, 12, 24, 168] = 24
    at: Annotated[str, StringConstraints(pattern=r"^([01]\d|2[0-3]):[0-5]\d$")] = "08:00"
    best: Annotated[int, Field(ge=1, le=50)] = 5


class Policy(_Frozen):
    """When a match is told; schemas/deals.rules.avsc says what a field means."""

    time_zone: Annotated[str, StringConstraints(max_length=100), AfterValidator(_is_zone)] = "UTC"
    quiet_hours: Annotated[str, AfterValidator(_is_window)] | None = None
    daily_cap: Annotated[int, Field(ge=1, le=1_000)] | None = None
    cool_down_minutes: Annotated[int, Field(ge=0, le=30 * DAY_MINUTES)] = 0
    again_if_cheaper_by: Annotated[float, Field(ge=0, lt=1), AfterValidator(_has_four_places)] = 0.0
    digest: Digest | None = None

    @model_validator(mode="after")
    def _has_one_limit(self) -> "Policy":
        if self.digest and self.daily_cap is not None:
            message = "daily_cap: a digest tells its best only, so it takes no cap"
            raise ValueError(message)
        return self


@dataclass(frozen=True)
class Terms:
    """What a policy says of one match.

    Attributes:
        day: Day in the rule's time zone, counted from 1970-01-01.
        daily_cap: Alerts of a day at most; None: no limit.
        cool_down_ms: Between two alerts of a product.
        cheaper_bp: By how much cheaper it must be to be told again, in 1/100 %.
        tell_at: UTC epoch ms before which it is not to be told; None: at once.
        is_quiet: It falls in quiet hours, or its digest does.
        quiet_hours: "22:00-07:00 Europe/Berlin", for whoever tells later than meant; or None.
        digest_id: Of the digest that it is for; None: none.
        digest_size: At most so many in the digest; 0 without one.
        score: The best of a digest have the highest.
    """

    day: int = 0
    daily_cap: int | None = None
    cool_down_ms: int = 0
    cheaper_bp: int = 0
    tell_at: int | None = None
    is_quiet: bool = False
    quiet_hours: str | None = None
    digest_id: str | None = None
    digest_size: int = 0
    score: float = 0.0

    def text(self) -> str:
        r"""Write the terms as the state function `alert_policy` reads them.

        >>> Terms(cheaper_bp=500).text()
        '0\t\t0\t500\t\t0\t\t\t0\t0.0'
        """
        return "\t".join(
            "" if value is None else str(int(value) if isinstance(value, bool) else value)
            for value in (
                self.day,
                self.daily_cap,
                self.cool_down_ms,
                self.cheaper_bp,
                self.tell_at,
                self.is_quiet,
                self.quiet_hours,
                self.digest_id,
                self.digest_size,
                self.score,
            )
        )


def terms(rule_id: str, policy: Policy, at_ms: int, score: float) -> Terms:
    """Work out what a policy says of a match at a moment.

    Args:
        rule_id: Of the rule.
        policy: Of the rule.
        at_ms: Event time of the deal, UTC epoch ms.
        score: See `digest_score`.
    """
    tell_at, digest_id = None, None
    if policy.digest:
        digest = policy.digest
        tell_at = period_end(at_ms, digest.every_hours, digest.at, policy.time_zone)
        digest_id = f"{rule_id}@{tell_at}"
    is_quiet, quiet_hours = False, None
    if policy.quiet_hours:
        quiet_hours = f"{policy.quiet_hours} {policy.time_zone}"
        quiet_end = quiet_until(
            at_ms if tell_at is None else tell_at, policy.quiet_hours, policy.time_zone
        )
        is_quiet = quiet_end is not None
        tell_at = quiet_end if quiet_end is not None else tell_at
    return Terms(
        day=0 if policy.daily_cap is None else local_day(at_ms, policy.time_zone),
        daily_cap=policy.daily_cap,
        cool_down_ms=policy.cool_down_minutes * 60_000,
        cheaper_bp=round(policy.again_if_cheaper_by * BASIS_POINTS),
        tell_at=tell_at,
        is_quiet=is_quiet,
        quiet_hours=quiet_hours,
        digest_id=digest_id,
        digest_size=policy.digest.best if policy.digest else 0,
        score=score,
    )


def digest_score(deal_score: float | None, discount_ratio: float | None) -> float:
    """Rank a deal in a digest: by deal_score; where that is alike, by the larger discount.

    >>> digest_score(0.9, 0.1) > digest_score(0.8, 0.9) > digest_score(None, 0.9)
    True
    """

    def known(value: float | None) -> float:
        return value if value is not None and value == value else 0.0  # NaN is no value

    return known(deal_score) + 1e-6 * min(max(known(discount_ratio), -1.0), 1.0)


def due_ms(now_ms: int, tell_at: int | None, quiet_hours: str | None) -> int:
    """Tell when an alert may be told, for whoever holds it now.

    Args:
        now_ms: UTC epoch ms.
        tell_at: Of the alert.
        quiet_hours: Of the alert: hours and time zone, as in `Terms`.

    Returns:
        UTC epoch ms; not after `now_ms`: at once.

    Raises:
        ValueError: `quiet_hours` is none.
    """
    earliest = max(now_ms, tell_at or 0)
    if quiet_hours is None:
        return earliest
    hours, _, name = quiet_hours.partition(" ")
    quiet_end = quiet_until(earliest, hours, name)
    return earliest if quiet_end is None else quiet_end
