"""`python -m scripts.cost.page [--check]`: write the table of docs/cost-and-performance.md."""

import argparse
import re
import sys
from collections.abc import Sequence
from pathlib import Path

from scripts.cost.__main__ import Case, savings, standard
from scripts.cost.platform import FLAGS

PAGE = Path(__file__).resolve().parents[2] / "docs" / "cost-and-performance.md"
PART = re.compile(r"(<!-- cost -->\n).*?(<!-- /cost -->)", re.DOTALL)


def table() -> str:
    """A column a case: components, totals, and what each flag saves."""
    cases = standard(alert_ratio=0.05)
    components = list(dict.fromkeys(item.component for case in cases for item in case.bill))
    rows = [
        ["USD a month", *(case.name for case in cases)],
        ["---", *("---:" for _ in cases)],
        *([name, *(_component(case, name) for case in cases)] for name in components),
        ["**all**", *(f"**{case.usd_month:,.0f}**" for case in cases)],
        ["a deal", *(_small(case.usd_deal) for case in cases)],
        ["a notification", *(_small(case.usd_notification) for case in cases)],
        *([f"saved without `{flag}`", *(_saved(case, flag) for case in cases)] for flag in FLAGS),
    ]
    return "".join(f"| {' | '.join(row)} |\n" for row in rows)


def _component(case: Case, name: str) -> str:
    usd = sum(item.usd for item in case.bill if item.component == name)
    return f"{usd:,.2f}" if 0 < usd < 10 else f"{usd:,.0f}"


def _small(usd: float | None) -> str:
    return "" if usd is None else f"{usd:.4f}"


def _saved(case: Case, flag: str) -> str:
    return f"{savings(case)[flag]:,.0f}" if flag in case.platform.flags else ""


def rendered(text: str) -> str:
    """The page with its table made anew.

    Raises:
        ValueError: the page has no place for it.
    """
    if not PART.search(text):
        message = f"{PAGE.name} has no part cost"
        raise ValueError(message)
    return PART.sub(lambda found: f"{found[1]}{table()}{found[2]}", text)


def main(arguments: Sequence[str] | None = None) -> int:
    """Write or compare; 1 if the table is old."""
    parser = argparse.ArgumentParser(prog="python -m scripts.cost.page", description=__doc__)
    parser.add_argument("--check", action="store_true", help="compare, do not write")
    options = parser.parse_args(arguments)
    text = PAGE.read_text("utf-8")
    if options.check:
        return int(rendered(text) != text)
    PAGE.write_text(rendered(text), "utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
