"""`python -m scripts.cost`: what a month costs, item by item, from terraform's own sizes.

Without options: dev with everything off, dev and prod at 1,000 deals an hour, prod at 20,000, what
each flag saves, and the targets. With `--environment`: the bill of one case.
"""

import argparse
import json
import sys
import tomllib
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

from scripts.cost.month import PRICES, Item, Load, items, prices, total
from scripts.cost.platform import FLAGS, Platform

TARGETS = (
    ("dev, all off", "usd_month", 10.0),
    ("prod, 1,000 deals/h", "usd_month", 2500.0),
    ("prod, 1,000 deals/h", "usd_deal", 0.10),
    ("prod, 1,000 deals/h", "usd_notification", 0.05),
)


@dataclass(frozen=True)
class Case:
    """A platform under a load, with its bill."""

    name: str
    platform: Platform
    load: Load
    bill: list[Item]

    @property
    def usd_month(self) -> float:
        """All of it."""
        return total(self.bill)

    @property
    def usd_deal(self) -> float | None:
        """All of it over the deals; None without deals."""
        return self.usd_month / self.load.deals if self.load.deals else None

    @property
    def usd_notification(self) -> float | None:
        """All of it over the alerts, as if deals were for nothing else."""
        return self.usd_month / self.load.alerts if self.load.alerts else None

    @property
    def usd_next_notification(self) -> float | None:
        """What one alert more costs: the call to Bedrock."""
        calls = sum(item.usd for item in self.bill if item.component == "bedrock")
        return calls / self.load.alerts if self.load.alerts else None

    def as_json(self) -> dict[str, Any]:
        """All figures, in USD."""
        return {
            "name": self.name,
            "environment": self.platform.environment,
            "flags": sorted(self.platform.flags),
            "deals_per_hour": self.load.deals_per_hour,
            "alert_ratio": self.load.alert_ratio,
            "usd_month": round(self.usd_month, 2),
            "usd_deal": self.usd_deal,
            "usd_notification": self.usd_notification,
            "usd_next_notification": self.usd_next_notification,
            "items": [asdict(item) for item in self.bill],
            "saved_by_flag_usd": {flag: round(saved, 2) for flag, saved in savings(self).items()},
        }


def case(name: str, platform: Platform, load: Load) -> Case:
    """Price a platform."""
    return Case(name, platform, load, items(platform, load, prices()))


def savings(priced: Case) -> dict[str, float]:
    """USD a month that each flag saves when it is turned off, with what it takes along."""
    usd = prices()
    return {
        flag: priced.usd_month - total(items(priced.platform.without(flag), priced.load, usd))
        for flag in FLAGS
        if flag in priced.platform.flags
    }


def standard(alert_ratio: float) -> list[Case]:
    """The cases that the targets are about."""
    dev, prod = (Platform.read(environment, FLAGS) for environment in ("dev", "prod"))
    return [
        case("dev, all off", Platform.read("dev", ()), Load(0, alert_ratio)),
        case("dev, 1,000 deals/h", dev, Load(1_000, alert_ratio)),
        case("prod, 1,000 deals/h", prod, Load(1_000, alert_ratio)),
        case("prod, 20,000 deals/h", prod, Load(20_000, alert_ratio)),
    ]


def targets(cases: Sequence[Case]) -> list[tuple[str, str, float, float]]:
    """(case, figure, value, what it must be under)."""
    by_name = {each.name: each for each in cases}
    return [
        (name, figure, getattr(by_name[name], figure), bound)
        for name, figure, bound in TARGETS
        if name in by_name
    ]


def lines(cases: Sequence[Case]) -> list[str]:
    """Plain text."""
    table = tomllib.loads(PRICES.read_text("utf-8"))
    shown = [f"USD a month, list prices of us-east-1 as of {table['as_of']} (scripts/cost)"]
    for each in cases:
        shown += ["", f"{each.name}", *_bill(each)]
    if met := targets(cases):
        shown += ["", "targets"]
        shown += [
            f"  {'met' if value < bound else 'MISSED':<8}{name}: {figure} {value:.4f} < {bound}"
            for name, figure, value, bound in met
        ]
    return shown


def _bill(priced: Case) -> list[str]:
    shown = [f"  {item.component:<12}{item.what:<62}{item.usd:>10.2f}" for item in priced.bill]
    shown.append(f"  {'all':<74}{priced.usd_month:>10.2f}")
    if priced.load.deals:
        shown.append(
            f"  a deal {priced.usd_deal:.4f}, a notification {priced.usd_notification:.4f}"
            f" (one more {priced.usd_next_notification:.4f}), {priced.load.alert_ratio:.0%} alerts"
        )
    if saved := savings(priced):
        told = ", ".join(f"{flag} {usd:.0f}" for flag, usd in saved.items())
        shown.append(f"  saved by turning off: {told}")
    return shown


def _table(cases: Sequence[Case]) -> None:
    """The same for a person at a terminal."""
    from rich.console import Console
    from rich.table import Table

    console = Console()
    for each in cases:
        table = Table(title=each.name, title_justify="left", show_footer=True)
        table.add_column("component", footer="all")
        table.add_column("what")
        table.add_column("USD a month", justify="right", footer=f"{each.usd_month:,.2f}")
        for item in each.bill:
            table.add_row(item.component, item.what, f"{item.usd:,.2f}")
        console.print(table)
        for line in _bill(each)[len(each.bill) + 1 :]:
            console.print(line.strip())
        console.print()
    for line in lines(cases)[lines(cases).index("targets") :] if targets(cases) else ():
        console.print(line)


def main(arguments: Sequence[str] | None = None) -> int:
    """Print; 1 if a target is missed, 2 if there is no such case."""
    parser = argparse.ArgumentParser(prog="python -m scripts.cost", description=__doc__)
    parser.add_argument("--environment", choices=("dev", "prod"), help="only this one")
    parser.add_argument("--deals-per-hour", type=float, default=1_000, help="(1000)")
    parser.add_argument("--alert-ratio", type=float, default=0.05, help="alerts a deal (0.05)")
    parser.add_argument("--off", nargs="*", default=[], metavar="FLAG", help="of terraform's")
    parser.add_argument("--json", action="store_true", help="all figures")
    options = parser.parse_args(arguments)
    if options.environment:
        try:
            on = set(FLAGS) - set(options.off)
            Platform.read(options.environment, options.off)  # refuses what is no flag
            platform = Platform.read(options.environment, FLAGS)
            for flag in set(FLAGS) - on:
                platform = platform.without(flag)
        except ValueError as error:
            sys.stderr.write(f"{error}\n")
            return 2
        load = Load(options.deals_per_hour, options.alert_ratio)
        cases = [case(f"{options.environment}, {load.deals_per_hour:,.0f} deals/h", platform, load)]
    else:
        cases = standard(options.alert_ratio)
    if options.json:
        print(json.dumps([each.as_json() for each in cases], indent=2))
    elif sys.stdout.isatty():
        _table(cases)
    else:
        print("\n".join(lines(cases)))
    return int(any(value >= bound for _, _, value, bound in targets(cases)))


if __name__ == "__main__":
    sys.exit(main())
