"""The verdict over a run: plain figures in, checks with figures out."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import median

import numpy as np

from scripts.soak.accounts import Accounts
from scripts.soak.stream import Stretch
from scripts.soak.watching import Look

# A soak: memory at the end against the beginning of what follows the warm-up.
MOST_GROWTH = 0.05
PART = 0.2
# A burst: the most memory at any time, against the median before; lag, in seconds of the rate.
MOST_PEAK = 1.5
LAG_S = 5.0
# How much longer than before the 99th of 100 alerts may take afterwards; below a second is none.
MOST_WAIT = 2.0
SOON_MS = 1_000.0


@dataclass(frozen=True)
class Check:
    """One line of the verdict."""

    what: str
    is_met: bool
    figures: str


def growth(looks: Sequence[Look], kind: str) -> tuple[float, float]:
    """Median resident bytes of a kind in the first and the last fifth."""
    values = [look.rss_bytes.get(kind, 0) for look in looks]
    part = max(1, int(len(values) * PART))
    return median(values[:part]), median(values[-part:])


def during(looks: Sequence[Look], *stretches: Stretch) -> list[Look]:
    """Those of some phases."""
    return [
        look for look in looks if any(each.from_s <= look.at_s < each.to_s for each in stretches)
    ]


def judge_soak(
    looks: Sequence[Look], steady: Stretch, accounts: Accounts, rate_per_s: int
) -> list[Check]:
    """Memory is flat, the lag stays, nothing is lost."""
    own = during(looks, steady)
    checks = []
    for kind in sorted({kind for look in own for kind in look.rss_bytes}):
        before, after = growth(own, kind)
        change = after / before - 1 if before else 0.0
        figures = f"{_mb(before)} -> {_mb(after)} MB ({change:+.1%})"
        checks.append(Check(f"memory flat: {kind}", change <= MOST_GROWTH, figures))
    late = [look.lag for look in own[-max(1, int(len(own) * PART)) :]]
    figures = f"median {median(late):,.0f} items in the last fifth, {max(late):,} at most"
    checks.append(Check("lag stays", median(late) <= LAG_S * rate_per_s, figures))
    return [*checks, _complete(accounts), _waits("alerts", accounts, steady)]


def judge_load(
    looks: Sequence[Look],
    phases: Mapping[str, Stretch],
    accounts: Accounts,
    *,
    is_drained: bool,
) -> list[Check]:
    """Memory is bounded, the lag drains, nothing is lost, alerts come as soon as before."""
    totals = [(look.at_s, sum(look.rss_bytes.values())) for look in during(looks, *phases.values())]
    before = phases["before"]
    usual = median(total for at_s, total in totals if before.from_s <= at_s < before.to_s)
    peak = max(total for _, total in totals)
    burst = phases["burst"]
    figures = f"{_mb(usual)} MB before, {_mb(peak)} MB at most ({peak / usual - 1:+.1%})"
    checks = [Check("memory bounded", peak <= MOST_PEAK * usual, figures)]
    most = max(look.lag for look in looks)
    figures = f"{most:,} items at most of {burst.end - burst.first:,} in the burst, drained "
    drain = phases["drain"]
    figures += f"{drain.to_s - drain.from_s:.0f} s after it" if is_drained else "never"
    checks.append(Check("lag drains", is_drained, figures))
    earlier, later = (_percentile(accounts, phases[name]) for name in ("before", "after"))
    is_met = later is not None and earlier is not None
    is_met = is_met and later <= max(SOON_MS, MOST_WAIT * earlier)
    figures = f"p99 {_ms(earlier)} before, {_ms(_percentile(accounts, burst))} in the burst"
    checks.append(Check("alerts recover", is_met, f"{figures}, {_ms(later)} after"))
    return [*checks, _complete(accounts)]


def _complete(accounts: Accounts) -> Check:
    figures = (
        f"{accounts.sent:,} sent, {accounts.evaluated:,} evaluated,"
        f" {accounts.dead_letters.total():,} dead letters, {accounts.lost:,} lost,"
        f" {accounts.repeated:,} repeated, {accounts.documents:,} documents"
    )
    return Check("nothing lost, nothing twice", accounts.are_complete, figures)


def _waits(what: str, accounts: Accounts, stretch: Stretch) -> Check:
    p99_ms = _percentile(accounts, stretch)
    return Check(what, p99_ms is not None, f"{accounts.alerts:,} alerts, p99 {_ms(p99_ms)}")


def _percentile(accounts: Accounts, stretch: Stretch) -> float | None:
    found = [wait for at, wait in accounts.waits_ms.items() if stretch.first <= at < stretch.end]
    return float(np.percentile(found, 99)) if found else None


def _mb(count: float) -> str:
    return f"{count / 2**20:,.0f}"


def _ms(value: float | None) -> str:
    return "none" if value is None else f"{value:,.0f} ms"
