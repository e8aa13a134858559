"""What the demo shows: a live screen in a terminal, a summary at the end everywhere."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from rich.console import Console, Group
from rich.markup import escape
from rich.panel import Panel
from rich.table import Table

from scripts.demo.follower import Follower
from scripts.demo.ledger import Ledger

COLOURS = {
    "bargain": "bold green",
    "fair": "white",
    "overpriced": "yellow",
    "suspect": "red",
    "unknown": "dim",
}
ALERT_ROWS = 4
BEST_ROWS = 3
HOUR_MS = 3600 * 1000
# Lines of the screen that are neither a verdict nor an alert, and lines of an alert.
FRAME_LINES = 9
ALERT_LINES = 4
DASH = "-"


def screen(
    addresses: Mapping[str, str],
    counts: Mapping[str, tuple[int, int | None]],
    follower: Follower,
    height: int,
) -> Group:
    """The live screen.

    Args:
        addresses: What can be opened, by name.
        counts: Topic -> (records, lag of its reader or None).
        follower: Newest verdicts and alerts.
        height: Lines of the terminal.
    """
    alerts = list(follower.alerts)[: max(1, min(ALERT_ROWS, height // 10))]
    best = best_lines(follower.window)
    rows = max(3, height - FRAME_LINES - len(best) - ALERT_LINES * len(alerts))
    head = "   ".join(f"[bold]{name}[/bold] {url}" for name, url in addresses.items())
    stages = "   ".join(
        f"{topic} [bold]{count}[/bold]" + (f" (lag {lag})" if lag is not None else "")
        for topic, (count, lag) in counts.items()
    )
    dead = ", ".join(f"{reason} {n}" for reason, n in sorted(follower.dead_letters.items()))
    return Group(
        f"[bold cyan]Deal Finder[/bold cyan]   {head}   [dim]Ctrl-C stops everything[/dim]",
        f"{stages}\n[dim]dead letters: {dead or 'none'}[/dim]",
        verdicts_table(list(follower.verdicts)[:rows]),
        *best,
        *(alert_panel(alert) for alert in alerts),
    )


def verdicts_table(deals: list[dict[str, Any]]) -> Table:
    """The newest verdicts, a row a deal."""
    table = Table(expand=True, title="Newest verdicts", title_justify="left")
    table.add_column("title", ratio=4, no_wrap=True)
    table.add_column("merchant", ratio=1, no_wrap=True)
    table.add_column("price", justify="right")
    table.add_column("fair price", justify="right")
    table.add_column("discount", justify="right")
    table.add_column("verdict")
    table.add_column("reasons", ratio=5, no_wrap=True)
    for deal in deals:
        colour = COLOURS.get(deal["verdict"], "white")
        table.add_row(
            escape(deal["title"]),
            escape(deal["merchant"] or DASH),
            f"{deal['price']:,.2f} {escape(deal['currency'])}",
            _usd(deal["fair_usd_p50"]),
            DASH if deal["discount_ratio"] is None else f"{deal['discount_ratio']:.0%}",
            f"[{colour}]{deal['verdict']}[/{colour}]",
            escape("; ".join(deal["reasons"])),
        )
    return table


def alert_panel(alert: Mapping[str, Any]) -> Panel:
    """One alert with its description."""
    return Panel(
        f"{escape(alert['description'] or '')}\n[dim]{escape('; '.join(alert['reasons']))}   "
        f"{escape(alert['url'])}[/dim]",
        title=f"[bold green]alert[/bold green] {escape(alert['title'])} "
        f"[bold]{_usd(alert['price_usd'])}[/bold]",
        title_align="left",
        subtitle=f"rule {escape(alert['rule_id'])}, description {alert['description_status']}",
    )


def best_lines(window: Mapping[str, Any] | None) -> list[str]:
    """The best deals of a window, a line each, as mark-up."""
    if window is None:
        return []
    end = datetime.fromtimestamp(window["window_end"] / 1000, UTC)
    hours = (window["window_end"] - window["window_start"]) // HOUR_MS
    median = window["median_discount_ratio"]
    head = f"best of {window['deals']} deals in the {hours} hours to {end:%Y-%m-%d %H:%M} UTC"
    if median is not None:
        head += f", median discount {median:.0%}"
    lines = [f"[bold]{head}[/bold]"]
    for rank, deal in enumerate(window["best"][:BEST_ROWS], 1):
        low_usd = deal["discount_low_usd"]
        sure = f"{_usd(low_usd)} under" if low_usd > 0 else "not under"
        lines.append(
            f"{rank}. {escape(deal['title'])} for {_usd(deal['price_usd'])},"
            f" {sure} the low end of its fair price, score {deal['deal_score']:.2f}"
        )
    return lines


def print_summary(
    console: Console,
    ledger: Ledger,
    alerts: list[dict[str, Any]],
    window: Mapping[str, Any] | None = None,
) -> None:
    """Counts of each stage, dead letters by reason, best deals and the alerts, as plain text."""
    stages = Table(title="What became of the feeds", title_justify="left")
    stages.add_column("stage")
    stages.add_column("records", justify="right")
    for name in (
        "raw",
        "parsed",
        "duplicates",
        "evaluated",
        "indexed",
        "documents",
        "stats",
        "alerts",
    ):
        stages.add_row(name, str(getattr(ledger, name)))
    for (stage, reason), count in sorted(ledger.dead_letters.items()):
        stages.add_row(f"dead letters of {stage}: {reason}", str(count))
    console.print(stages)
    for line in best_lines(window):
        console.print(line, highlight=False, soft_wrap=True)
    for alert in alerts:
        line = f"alert: {alert['title']} for {_usd(alert['price_usd'])} - {alert['description']}"
        console.print(line, markup=False, highlight=False, soft_wrap=True)


def _usd(amount: Any) -> str:
    return DASH if amount is None else f"${amount:,.2f}"
