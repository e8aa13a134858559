import io

from scripts.scanner.reporting import Reporter
from scripts.scanner.scanning import FeedReport, ScanReport
from tests.scanner.builders import feed


def test_a_pipe_gets_plain_lines_and_names_what_was_not_delivered():
    file = io.StringIO()
    reporter = Reporter(file)
    report = ScanReport(
        [
            FeedReport(feed(), "shop", items=3, new=2, skipped=1, undelivered={"shop:a": "lost"}),
            FeedReport(feed(name="gone"), error="HTTP 404 [red]Not\x1b[2J Found"),
            FeedReport(feed(name="same"), is_unmodified=True, warnings=["odd"]),
        ]
    )
    with reporter.working("scanning"):
        for done in report.feeds:
            reporter.feed(done)
    reporter.summary(report, "deals.raw")
    assert file.getvalue().splitlines() == [
        "shop: 3 items, 2 new, 0 changed, 1 skipped, 1 not delivered (0.0 s)",
        "gone: error: HTTP 404 [red]Not?[2J Found (0.0 s)",
        "same: not modified (0.0 s)",
        "same: warning: odd",
        "1 records to deals.raw; 3 feeds, 1 failed, 1 records not delivered",
        "not delivered: shop:a: lost",
    ]


def test_a_long_list_of_undelivered_records_is_cut():
    file = io.StringIO()
    lost = {f"shop:{n}": "lost" for n in range(25)}
    Reporter(file).summary(ScanReport([FeedReport(feed(), undelivered=lost)]), "deals.raw")
    assert file.getvalue().splitlines()[-1] == "not delivered: and 5 more"


def test_a_terminal_gets_a_table(monkeypatch):
    monkeypatch.setenv("FORCE_COLOR", "1")
    monkeypatch.setenv("COLUMNS", "100")
    file = io.StringIO()
    Reporter(file).summary(ScanReport([FeedReport(feed(), error="x")]), "deals.raw")
    assert "skipped" in file.getvalue()
