"""Latencies as a table, a plot and JSON, held against their bars."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np

from scripts.bench import command
from scripts.bench.visible import ALERTS, EVALUATED, SEARCHABLE

# At 1,000 a second, at least once, checkpoints every 10 s: (what, bundle ms) -> p99 ms must, aim.
BARS = {
    (ALERTS, 1000): (3_000, 1_500),
    (ALERTS, 50): (800, 400),
    (SEARCHABLE, 1000): (4_000, 2_500),
    (SEARCHABLE, 50): (2_000, 1_500),
}
SUSTAINED_S = 5.0


@dataclass(frozen=True)
class Setting:
    """What is measured.

    Attributes:
        rate_per_s: Items a second.
        bundle_time_ms: Longest wait for a Python batch.
        checkpoint_s: Time between checkpoints.
        delivery: at-least-once or exactly-once.
    """

    rate_per_s: int
    bundle_time_ms: int
    checkpoint_s: int
    delivery: str


@dataclass(frozen=True)
class Latency:
    """Of one setting and one thing that is waited for; milliseconds.

    Attributes:
        setting: What was asked for.
        what: deals.evaluated, deals.alerts or searchable.
        sent_per_s: Items that were really sent.
        evaluated_per_s: Items that came out while they were sent.
        is_sustained: The jobs kept up; else the waits only say for how long it was measured.
        count: Items measured.
    """

    setting: Setting
    what: str
    sent_per_s: float
    evaluated_per_s: float
    is_sustained: bool
    count: int
    p50_ms: float
    p95_ms: float
    p99_ms: float
    max_ms: float

    @classmethod
    def of(
        cls,
        setting: Setting,
        what: str,
        found_ms: Sequence[float],
        rates: tuple[float, float],
        *,
        is_sustained: bool,
    ) -> "Latency":
        """Percentiles of n > 0 waits; rates are sent and evaluated a second."""
        percentiles = (float(each) for each in np.percentile(found_ms, [50, 95, 99, 100]))
        return cls(setting, what, *rates, is_sustained, len(found_ms), *percentiles)

    @property
    def bar(self) -> str:
        """Whether the bar is met; empty where there is none."""
        setting = self.setting
        if (setting.rate_per_s, setting.delivery) != (1000, "at-least-once"):
            return ""
        found = BARS.get((self.what, setting.bundle_time_ms))
        if found is None or setting.checkpoint_s != 10:
            return ""
        must, aim = found
        said = "missed" if self.p99_ms > must else "met" if self.p99_ms > aim else "aim met"
        return f"{said} ({must:,} / {aim:,})"


def markdown(measured: Sequence[Latency]) -> str:
    """The table."""
    lines = [
        "| items/s | delivery | checkpoints s | bundle ms | until | items | p50 ms | p95 ms"
        " | p99 ms | max ms | bar, p99 |",
        "|---:|---|---:|---:|---|---:|---:|---:|---:|---:|---|",
    ]
    for each in measured:
        setting = each.setting
        bar = each.bar
        if not each.is_sustained:
            bar = f"not sustained: {each.evaluated_per_s:,.0f}/s" + (f"; {bar}" if bar else "")
        lines.append(
            f"| {setting.rate_per_s:,} | {setting.delivery} | {setting.checkpoint_s}"
            f" | {setting.bundle_time_ms} | {each.what} | {each.count:,} | {each.p50_ms:,.0f}"
            f" | {each.p95_ms:,.0f} | {each.p99_ms:,.0f} | {each.max_ms:,.0f} | {bar} |"
        )
    return "\n".join(lines) + "\n"


def write(measured: Sequence[Latency], folder: Path) -> None:
    """latency.json, latency.md and latency.png into a folder."""
    import matplotlib as mpl

    mpl.use("Agg")
    from matplotlib import pyplot as plt

    results = {"latencies": [asdict(each) for each in measured]}
    command.write(folder, "latency", results, markdown(measured))
    settings = list(dict.fromkeys(each.setting for each in measured if each.is_sustained))
    if not settings:
        return
    figure, axes = plt.subplots(figsize=(9, 0.8 * len(settings) + 1.4), layout="constrained")
    colours = {EVALUATED: "#1b7f5c", ALERTS: "#c77d0a", SEARCHABLE: "#3b6fb6"}
    for each in measured:
        if each.is_sustained:
            at = settings.index(each.setting) + 0.25 * (list(colours).index(each.what) - 1)
            axes.plot([each.p50_ms, each.p99_ms], [at, at], color=colours[each.what], linewidth=5)
            axes.plot([each.max_ms], [at], "|", color=colours[each.what], markersize=9)
    axes.set_yticks(
        range(len(settings)),
        [
            f"{each.rate_per_s:,}/s, {each.delivery},\nbundle {each.bundle_time_ms} ms, "
            f"checkpoints {each.checkpoint_s} s"
            for each in settings
        ],
    )
    axes.invert_yaxis()
    axes.set_xscale("log")
    axes.set_xlabel("ms from produced to visible (bar: p50 to p99, stroke: max)")
    handles = [plt.Line2D([], [], color=colour, linewidth=5) for colour in colours.values()]
    axes.legend(handles, list(colours), loc="best")
    axes.spines[["top", "right"]].set_visible(False)
    figure.savefig(folder / "latency.png", dpi=110)
    plt.close(figure)
