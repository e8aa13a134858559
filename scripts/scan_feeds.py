"""`python -m scripts.scan_feeds`: read feeds, and send their new items to deals.raw.

Without options it scans the feeds of local/feeds.toml by their intervals until Ctrl-C. Exit code:
0 all sent, 1 something was not delivered (named), 2 wrong options, 3 no feed could be read.
"""

import argparse
import os
import signal
import sys
import threading
import time
import uuid
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import TextIO

import boto3

from scripts.connection import Connection, ToolError, connection_options, reports_errors
from scripts.scanner.feeds import Feed, FeedConfigError, feeds_of, load_feeds
from scripts.scanner.fetching import Fetcher
from scripts.scanner.politeness import Politeness
from scripts.scanner.publishing import TOPIC, JsonLinesSink, KafkaSink, Sink
from scripts.scanner.reporting import JsonReporter, Reporter
from scripts.scanner.scanning import ScanReport, scan
from scripts.scanner.state import State, StateInUseError
from scripts.scanner.stores import FileStore, NoStore, Store, TableStore

ROOT = Path(__file__).resolve().parents[1]
DEFAULT_CONFIG = ROOT / "local" / "feeds.toml"
DEFAULT_STATE = ROOT / ".local" / "scanner" / "state.json"


@reports_errors
def main(arguments: Sequence[str] | None = None) -> int:
    """Scan; returns the exit code."""
    parser = _parser()
    options = parser.parse_args(arguments)
    try:
        feeds = feeds_of(options.feeds) if options.feeds else load_feeds(_shown(options.config))
    except FeedConfigError as error:
        parser.error(str(error))
    stop = threading.Event()
    fetcher = Fetcher(Politeness(sleep=stop.wait), allow_private=options.allow_private)
    with ExitStack() as stack:
        stack.enter_context(_stopping_on_signals(stop, fetcher))
        sink, where_to = _sink(options, stack)
        # The lines of --dry-run own stdout.
        reporter = _reporter(options)
        store = _store(options)
        state = _load(store, feeds, stack)
        if state.warning:
            reporter.say(f"warning: {state.warning}", level="WARNING")
        undelivered: dict[str, dict[str, str]] = {}
        while True:
            due = feeds if options.once else _due(feeds, state)
            try:
                with reporter.working(f"scanning {len(due)} feeds"):
                    report = scan(
                        due,
                        sink,
                        state=state,
                        fetcher=fetcher,
                        resend=options.resend,
                        stop=stop,
                        progress=reporter.feed,
                    )
            finally:
                _save(store, state)
            if due:
                reporter.summary(report, where_to)
            undelivered |= {done.feed.key: done.undelivered for done in report.feeds}
            if options.once or stop.wait(_seconds_to_next(feeds, state)):
                break
        return _exit_code(report, undelivered, is_once=options.once)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m scripts.scan_feeds",
        description="Read feeds, and send their new items to deals.raw.",
        parents=[connection_options()],
    )
    parser.add_argument(
        "--feeds",
        nargs="+",
        metavar="PATH|URL",
        help="files, folders (*.xml, *.rss, *.atom) or URLs, instead of those of --config",
    )
    parser.add_argument(
        "--config", type=Path, default=DEFAULT_CONFIG, help="list of feeds (local/feeds.toml)"
    )
    parser.add_argument("--once", action="store_true", help="scan all feeds once, now, and end")
    parser.add_argument(
        "--log-format",
        choices=("plain", "json"),
        default="plain",
        help="of its lines (%(default)s)",
    )
    parser.add_argument(
        "--correlation-id", metavar="ID", help="in lines of JSON (one is made for each run)"
    )
    memory = parser.add_mutually_exclusive_group()
    memory.add_argument(
        "--state", type=Path, metavar="FILE", help="memory of what was sent (under .local/)"
    )
    memory.add_argument(
        "--state-table", metavar="NAME", help="the same in a DynamoDB table, for runs in the cloud"
    )
    parser.add_argument("--resend", action="store_true", help="send unchanged items again")
    parser.add_argument(
        "--allow-private", action="store_true", help="fetch from addresses that are not public too"
    )
    instead = parser.add_mutually_exclusive_group()
    instead.add_argument(
        "--dump", type=Path, metavar="FILE", help="write JSON lines to a file, not to Kafka"
    )
    instead.add_argument("--dry-run", action="store_true", help="print JSON lines, no Kafka")
    return parser


def _reporter(options: argparse.Namespace) -> Reporter:
    file = sys.stderr if options.dry_run else sys.stdout
    if options.log_format == "json":
        return JsonReporter(file, options.correlation_id or uuid.uuid4().hex[:16])
    return Reporter(file)


def _sink(options: argparse.Namespace, stack: ExitStack) -> tuple[Sink, str]:
    """Where the records go, and what that is called."""
    if options.dry_run:
        return JsonLinesSink(sys.stdout), "stdout"
    if options.dump:
        options.dump.parent.mkdir(parents=True, exist_ok=True)
        file: TextIO = stack.enter_context(options.dump.open("w", encoding="utf-8"))
        return JsonLinesSink(file), str(options.dump)
    connection = Connection.of(options)
    codec = connection.codec
    sink = KafkaSink(connection.client(), lambda deal: codec.encode(TOPIC, dict(deal)))
    sink.check()
    return sink, f"{TOPIC} at {connection.kafka['bootstrap.servers']}"


def _store(options: argparse.Namespace) -> Store:
    """Where the memory is; a run that sends nothing to Kafka has none unless one is named."""
    if options.state_table:
        client = boto3.client(
            "dynamodb", region_name=options.region, endpoint_url=options.aws_endpoint_url
        )
        return TableStore(client, options.state_table)
    if options.state is None and (options.dry_run or options.dump):
        return NoStore()
    return FileStore(options.state or DEFAULT_STATE)


def _load(store: Store, feeds: Sequence[Feed], stack: ExitStack) -> State:
    try:
        stack.enter_context(store.held())
        return store.load(feeds)
    except (StateInUseError, OSError) as error:
        raise ToolError(str(error)) from error


def _save(store: Store, state: State) -> None:
    try:
        store.save(state)
    except StateInUseError as error:
        raise ToolError(str(error)) from error


def _due(feeds: Sequence[Feed], state: State) -> list[Feed]:
    now_s = time.time()
    return [feed for feed in feeds if state.of_feed(feed).due_at_s <= now_s]


def _seconds_to_next(feeds: Sequence[Feed], state: State) -> float:
    next_s = min(state.of_feed(feed).due_at_s for feed in feeds)
    # At most an hour: the wall clock may be set meanwhile.
    return min(max(next_s - time.time(), 0.0), 3_600.0)


def _exit_code(report: ScanReport, undelivered: dict[str, dict[str, str]], *, is_once: bool) -> int:
    if any(undelivered.values()):
        return 1
    if is_once and report.feeds and len(report.failed) == len(report.feeds):
        return 3
    return 0


@contextmanager
def _stopping_on_signals(stop: threading.Event, fetcher: Fetcher) -> Iterator[None]:
    """The first SIGINT or SIGTERM ends the scan in order; a second one ends it at once."""

    def handle(number: int, _: object) -> None:
        stop.set()
        fetcher.abort()
        signal.signal(number, signal.SIG_DFL)

    before = {number: signal.signal(number, handle) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _shown(path: Path) -> Path:
    """The path from here where it is below, so that records name no machine's folders."""
    relative = os.path.relpath(path)
    return path if relative.startswith("..") else Path(relative)


if __name__ == "__main__":
    sys.exit(main())
