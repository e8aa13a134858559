"""Whether two applications that read the same topics say the same: by their own counters."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from scripts.deployment.application import Application
from scripts.deployment.gate import MIN_RECORDS, growth
from scripts.deployment.metrics import ALERTS, DEAD_LETTERS, VERDICTS, Metrics, Signal


@dataclass(frozen=True)
class Tolerance:
    """How far the new version may be from the old one.

    Attributes:
        volume: Of the number of verdicts, as a share: both read the same.
        verdicts: Of each verdict's share of all, in shares: a new model moves them on purpose.
        alerts: Of the number of alerts, as a share.
    """

    volume: float = 0.1
    verdicts: float = 0.05
    alerts: float = 0.5


@dataclass(frozen=True)
class Comparison:
    """What two applications did in the same time.

    Attributes:
        live: Counts of the old one: verdicts by name, and `alerts`, `dead letters`.
        candidate: Those of the new one.
        differences: What is beyond the tolerance, a sentence each.
        is_enough: Whether there were records enough to tell.
    """

    live: Mapping[str, float]
    candidate: Mapping[str, float]
    differences: list[str]
    is_enough: bool


def compare(
    metrics: Metrics,
    live: Application,
    candidate: Application,
    since: datetime,
    tolerance: Tolerance,
) -> Comparison:
    """Compare what both did since then."""
    verdicts = {one.name: _by_label(metrics, one, VERDICTS, since) for one in (live, candidate)}
    totals = {name: sum(counts.values()) for name, counts in verdicts.items()}
    others = {
        one.name: {
            "alerts": sum(_by_label(metrics, one, ALERTS, since).values()),
            "dead letters": sum(_by_label(metrics, one, DEAD_LETTERS, since).values()),
        }
        for one in (live, candidate)
    }
    differences = _differences(
        verdicts[live.name], verdicts[candidate.name], tolerance
    ) + _of_alerts(others[live.name]["alerts"], others[candidate.name]["alerts"], tolerance)
    return Comparison(
        dict(verdicts[live.name]) | others[live.name],
        dict(verdicts[candidate.name]) | others[candidate.name],
        differences,
        totals[live.name] >= MIN_RECORDS,
    )


def _by_label(
    metrics: Metrics, application: Application, signal: Signal, since: datetime
) -> dict[str, float]:
    """How much each of a signal's counters has grown since the first value in that time."""
    found = {}
    for label, series in metrics.series(application, signal, since).items():
        # The live application counts since long ago; only what came in this time is compared.
        found[label] = growth(series) - series[0][1] if series else 0.0
    return found


def _differences(
    live: Mapping[str, float], candidate: Mapping[str, float], tolerance: Tolerance
) -> list[str]:
    found = []
    old, new = sum(live.values()), sum(candidate.values())
    if abs(new - old) > tolerance.volume * max(old, 1.0):
        found.append(f"{new:.0f} verdicts instead of {old:.0f}")
    for verdict in sorted(live.keys() | candidate.keys()):
        before = live.get(verdict, 0.0) / max(old, 1.0)
        after = candidate.get(verdict, 0.0) / max(new, 1.0)
        if abs(after - before) > tolerance.verdicts:
            found.append(f"{after:.1%} of the verdicts are {verdict} instead of {before:.1%}")
    return found


def _of_alerts(old: float, new: float, tolerance: Tolerance) -> list[str]:
    if abs(new - old) <= max(tolerance.alerts * old, 5.0):  # a handful more or less is chance
        return []
    return [f"{new:.0f} alerts instead of {old:.0f}"]
