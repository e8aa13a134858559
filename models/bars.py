"""What a pricing model must reach, for the two sizes of it, and what it should."""

from collections.abc import Callable
from typing import NamedTuple

Range = tuple[float, float]
INF = float("inf")


class Bar(NamedTuple):
    """One figure: a range each, both ends inclusive."""

    name: str
    fast: Range
    accurate: Range
    aim: Range
    show: Callable[[float], str]

    def reached(self, value: float | None) -> str:
        """The levels that a value reaches, the best last; "none" if it reaches none."""
        if value is None:
            return ""
        levels = {"fast": self.fast, "accurate": self.accurate, "aim": self.aim}
        held = [name for name, (low, high) in levels.items() if low <= value <= high]
        return ", ".join(held) or "none"


def _percent(value: float) -> str:
    return f"{value:.1f} %"


def _most(value: float) -> Range:
    return (-INF, value)


def _least(value: float) -> Range:
    return (value, INF)


BARS = {
    "medape": Bar("MedAPE", _most(32), _most(30.5), _most(28.5), _percent),
    "rmsle": Bar("RMSLE", _most(0.62), _most(0.575), _most(0.54), "{:.3f}".format),
    "mae_usd": Bar("MAE", _most(79), _most(73), _most(70), "${:.1f}".format),
    "within_20": Bar("within 20 %", _least(34), _least(35), _least(37), _percent),
    "coverage": Bar("p10-p90 holds, overall", (78, 82), (78, 82), (79, 81), _percent),
    "coverage_low": Bar("... in the worst cell, low", (72, 88), (72, 88), (75, 85), _percent),
    "coverage_high": Bar("... in the worst cell, high", (72, 88), (72, 88), (75, 85), _percent),
    "width": Bar("p90/p10, median", _most(4.1), _most(3.6), _most(3.3), "{:.2f}".format),
    "precision": Bar("deals in the top 5 %", _least(62), _least(64), _least(68), _percent),
    "rows_per_core_s": Bar(
        "rows/core-s, batch 256", _least(10_000), _least(1_500), _least(5_000), "{:,.0f}".format
    ),
    "start_s": Bar("worker start", _most(1), _most(3), _most(1), "{:.2f} s".format),
    "peak_mb": Bar("worker memory, peak", _most(400), _most(900), _most(400), "{:.0f} MB".format),
}
"""By key of the achieved figures."""


def limits(bar: Bar, level: Range) -> str:
    """A range as a reader writes it.

    >>> limits(BARS["medape"], BARS["medape"].fast), limits(BARS["coverage"], (79, 81))
    ('<= 32.0 %', '79.0 % to 81.0 %')
    """
    low, high = level
    if low == -INF:
        return f"<= {bar.show(high)}"
    if high == INF:
        return f">= {bar.show(low)}"
    return f"{bar.show(low)} to {bar.show(high)}"


LEVELS = ("fast", "accurate", "aim")


def table(achieved: dict[str, dict[str, float | None]]) -> str:
    """Markdown: a row a bar; `achieved` holds figures by column name.

    A column that has the name of a level is held against it and the aim: what it misses is bold.
    """
    names = list(achieved)
    lines = [
        "| figure | fast: must | accurate: must | aim | " + " | ".join(names) + " |",
        "|---" * (len(names) + 4) + "|",
    ]
    for key, bar in BARS.items():
        cells = [limits(bar, level) for level in (bar.fast, bar.accurate, bar.aim)]
        for name in names:
            value = achieved[name].get(key)
            shown = "" if value is None else bar.show(value)
            if shown and name in LEVELS:
                reached = bar.reached(value).split(", ")
                shown = f"**{shown}**" if name not in reached else shown
                shown += " (aim)" if "aim" in reached else ""
            cells.append(shown)
        lines.append("| " + " | ".join([bar.name, *cells]) + " |")
    return "\n".join(lines)


def verdict(model: dict[str, float | None], size: str) -> str:
    """Whether a size reaches its bars and the aim as a whole, and what it lacks."""
    parts = []
    for level in (size, "aim"):
        missing = [
            bar.name
            for key, bar in BARS.items()
            if level not in bar.reached(model.get(key)).split(", ")
        ]
        name = "must" if level == size else level
        parts.append(f"{name} " + ("reached" if not missing else f"missed in {', '.join(missing)}"))
    return "; ".join(parts)
