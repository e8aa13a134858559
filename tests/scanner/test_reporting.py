import io
import json

from scripts.scanner.reporting import JsonReporter, Reporter
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


def test_lines_of_json_have_a_level_a_scan_and_no_table():
    file = io.StringIO()
    reporter = JsonReporter(file, "scan-1")
    failed = FeedReport(feed(name="gone"), error="HTTP 404\nNot\x1b[2J Found", warnings=["odd"])
    report = ScanReport([failed, FeedReport(feed(), undelivered={"shop:a": "lost"})])
    with reporter.working("scanning"):
        for done in report.feeds:
            reporter.feed(done)
    reporter.summary(report, "deals.raw")
    lines = [json.loads(line) for line in file.getvalue().splitlines()]
    assert {line["correlation_id"] for line in lines} == {"scan-1"}
    assert [(line["level"], line["message"].split(":")[0]) for line in lines] == [
        ("ERROR", "gone"),
        ("WARNING", "gone"),
        ("INFO", "shop"),
        ("INFO", "-1 records to deals.raw; 2 feeds, 1 failed, 1 records not delivered"),
        ("ERROR", "not delivered"),
    ]
    assert lines[0]["message"].startswith("gone: error: HTTP 404\nNot\x1b[2J Found")
