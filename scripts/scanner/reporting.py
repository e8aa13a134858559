"""What the scanner tells the person who runs it: a line a feed, and a table at the end."""

from contextlib import AbstractContextManager, nullcontext
from typing import TextIO

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from scripts.scanner.scanning import FeedReport, ScanReport
from udfs.logs import correlated, json_line

_SHOWN_UNDELIVERED = 20


class Reporter:
    """Writes to a terminal with a table and a spinner, to anything else in plain lines."""

    def __init__(self, file: TextIO) -> None:
        """Take the open file."""
        self._console = Console(file=file, highlight=False, emoji=False, soft_wrap=True)

    def working(self, what: str) -> AbstractContextManager[object]:
        """Show on a terminal that something is going on."""
        if self._console.is_terminal:
            return self._console.status(escape(what))
        return nullcontext()

    def say(self, text: str, *, level: str = "INFO") -> None:  # for JSON lines
        """One line; what servers and feeds put into it cannot steer the terminal."""
        shown = "".join(letter if letter.isprintable() else "?" for letter in text)
        self._console.print(shown, markup=False)

    def feed(self, report: FeedReport) -> None:
        """What became of a feed."""
        level = "INFO" if report.error is None else "ERROR"
        self.say(f"{report.feed.name}: {_outcome(report)} ({report.seconds:.1f} s)", level=level)
        for warning in report.warnings:
            self.say(f"{report.feed.name}: warning: {warning}", level="WARNING")

    def summary(self, report: ScanReport, where_to: str) -> None:
        """All feeds, the totals, and by name what was not delivered."""
        if self._console.is_terminal and report.feeds:
            self._console.print(_table(report))
        self._say_totals(report, where_to)

    def _say_totals(self, report: ScanReport, where_to: str) -> None:
        self.say(
            f"{report.sent} records to {where_to}; {len(report.feeds)} feeds, "
            f"{len(report.failed)} failed, {len(report.undelivered)} records not delivered"
        )
        undelivered = list(report.undelivered.items())
        for key, why in undelivered[:_SHOWN_UNDELIVERED]:
            self.say(f"not delivered: {key}: {why}", level="ERROR")
        if len(undelivered) > _SHOWN_UNDELIVERED:
            more = len(undelivered) - _SHOWN_UNDELIVERED
            self.say(f"not delivered: and {more} more", level="ERROR")


class JsonReporter(Reporter):
    """Writes JSON lines, as the jobs do; a scan is one correlation id."""

    def __init__(self, file: TextIO, correlation_id: str) -> None:
        """Take the open file, and what the lines are about."""
        super().__init__(file)
        self._file, self._correlation_id = file, correlation_id

    def working(self, _what: str) -> AbstractContextManager[object]:
        """Nothing: whoever reads this does not wait in front of it."""
        return nullcontext()

    def say(self, text: str, *, level: str = "INFO") -> None:
        """One line."""
        with correlated(self._correlation_id):
            line = json_line(text, level=level, logger=__name__, job="scan_feeds")
        print(line, file=self._file, flush=True)

    def summary(self, report: ScanReport, where_to: str) -> None:
        """The totals in one line, and by name what was not delivered."""
        self._say_totals(report, where_to)


def _outcome(report: FeedReport) -> str:
    if report.error is not None:
        return f"error: {report.error}"
    if report.is_unmodified:
        return "not modified"
    counts = f"{report.items} items, {report.new} new, {report.changed} changed"
    if report.resent:
        counts += f", {report.resent} sent again"
    counts += f", {report.skipped} skipped"
    if report.undelivered:
        counts += f", {len(report.undelivered)} not delivered"
    return counts


def _table(report: ScanReport) -> Table:
    table = Table()
    table.add_column("feed")
    for column in ("items", "new", "changed", "skipped", "errors", "seconds"):
        table.add_column(column, justify="right")
    for done in report.feeds:
        errors = (done.error is not None) + len(done.undelivered)
        table.add_row(
            escape(done.feed.name),
            *(str(number) for number in (done.items, done.new, done.changed, done.skipped)),
            f"[red]{errors}[/red]" if errors else "0",
            f"{done.seconds:.1f}",
        )
    return table
