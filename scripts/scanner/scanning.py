"""Scan feeds: fetch, read, send what is new. A broken feed never stops the others."""

import threading
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import dataclass, field
from pathlib import Path

from scripts.scanner.entries import read_feed, record_key
from scripts.scanner.feeds import Feed
from scripts.scanner.fetching import Document, Fetcher, FetchError, Validators, read_file
from scripts.scanner.markup import FeedUnreadableError
from scripts.scanner.publishing import Sink
from scripts.scanner.state import FeedState, Novelty, State

FETCHES_AT_ONCE = 4
MAX_BACKOFF_S = 3_600.0


@dataclass
class FeedReport:
    """What a scan of one feed gave.

    Attributes:
        feed: Which.
        dialect: None = it was not read.
        items: In the feed: new, changed, resent or skipped.
        resent: Unchanged, and sent all the same.
        skipped: Unchanged and not sent.
        is_unmodified: The server says it is as before.
        error: Why the feed could not be read.
        warnings: What was survived.
        undelivered: Record key to why.
        seconds: From the start of the fetch to the last acknowledgement.
    """

    feed: Feed
    dialect: str | None = None
    items: int = 0
    new: int = 0
    changed: int = 0
    resent: int = 0
    skipped: int = 0
    is_unmodified: bool = False
    error: str | None = None
    warnings: list[str] = field(default_factory=list)
    undelivered: dict[str, str] = field(default_factory=dict)
    seconds: float = 0.0

    @property
    def sent(self) -> int:
        """Records that are with the broker now."""
        return self.new + self.changed + self.resent - len(self.undelivered)


@dataclass
class ScanReport:
    """What a scan gave, a report a feed in the order in which they were done."""

    feeds: list[FeedReport] = field(default_factory=list)

    @property
    def sent(self) -> int:
        """Records that are with the broker now."""
        return sum(report.sent for report in self.feeds)

    @property
    def undelivered(self) -> dict[str, str]:
        """Record key to why it was not delivered."""
        return {key: why for report in self.feeds for key, why in report.undelivered.items()}

    @property
    def failed(self) -> list[FeedReport]:
        """Feeds that could not be read."""
        return [report for report in self.feeds if report.error is not None]


def scan(
    feeds: Sequence[Feed],
    sink: Sink,
    clock: Callable[[], float] = time.time,
    *,
    state: State | None = None,
    fetcher: Fetcher | None = None,
    resend: bool = False,
    stop: threading.Event | None = None,
    progress: Callable[[FeedReport], None] = lambda _: None,
) -> ScanReport:
    """Scan feeds once, whether due or not.

    Args:
        feeds: Which.
        sink: Where their items go.
        clock: Unix time in seconds.
        state: What was seen before, brought up to date in place; None = nothing was.
        fetcher: For URLs; None = one with the default rules.
        resend: Send unchanged items too.
        stop: Set it to end early, between two feeds.
        progress: Called after each feed.

    Returns:
        What became of each feed; only programming errors are raised.
    """
    state = State() if state is None else state
    fetcher = fetcher or Fetcher()
    stop = stop or threading.Event()
    report = ScanReport()
    for fetched in _fetch_all(feeds, state, fetcher, resend=resend):
        # What came in while the scanner was told to stop is left for the next time.
        if stop.is_set():
            fetcher.abort()
            break
        done = _scan_feed(fetched, sink, state, clock, resend=resend)
        done.seconds = time.monotonic() - fetched.began_s
        report.feeds.append(done)
        progress(done)
    return report


@dataclass(frozen=True)
class _Fetched:
    """What a fetch gave.

    Attributes:
        began_s: By the monotonic clock.
    """

    feed: Feed
    outcome: Document | FetchError
    began_s: float


def _fetch_all(
    feeds: Sequence[Feed], state: State, fetcher: Fetcher, *, resend: bool
) -> Iterator[_Fetched]:
    """Fetch all feeds, a few at once; files first, then URLs as they come in."""

    def fetch(feed: Feed, validators: Validators) -> _Fetched:
        began_s = time.monotonic()
        try:
            if feed.is_remote:
                return _Fetched(feed, fetcher.fetch(feed.location, validators), began_s)
            return _Fetched(feed, read_file(Path(feed.location)), began_s)
        except FetchError as error:
            return _Fetched(feed, error, began_s)

    remote = [feed for feed in feeds if feed.is_remote]
    # To send again what did not change, it must be had again.
    known = {feed.key: Validators() if resend else state.of_feed(feed).validators for feed in feeds}
    pool = ThreadPoolExecutor(FETCHES_AT_ONCE, thread_name_prefix="fetch")
    try:
        fetches = [pool.submit(fetch, feed, known[feed.key]) for feed in remote]
        for feed in feeds:
            if not feed.is_remote:
                yield fetch(feed, Validators())
        for done in as_completed(fetches):
            yield done.result()
    finally:
        pool.shutdown(cancel_futures=True)


def _scan_feed(
    fetched: _Fetched, sink: Sink, state: State, clock: Callable[[], float], *, resend: bool
) -> FeedReport:
    """Read a fetched feed and send what is new; remembers what was acknowledged."""
    feed, document = fetched.feed, fetched.outcome
    report = FeedReport(feed)
    known = state.of_feed(feed)
    now_s = clock()
    known.due_at_s = now_s + feed.interval_s
    if isinstance(document, FetchError):
        report.error = str(document)
        _back_off(known, feed, now_s, document.retry_after_s)
        return report
    if document.body is None:
        report.is_unmodified = True
        known.failures = 0
        return report
    try:
        reading = read_feed(document.body, feed, round(now_s * 1000), document.charset)
    except FeedUnreadableError as error:
        report.error = str(error)
        _back_off(known, feed, now_s, None)
        return report
    known.failures = 0
    report.dialect = reading.dialect
    report.warnings = reading.warnings
    report.items = len(reading.deals)
    for deal in reading.deals:
        novelty = state.novelty(deal)
        if novelty is Novelty.CHANGED:
            report.changed += 1
            deal["extras"]["revised_at"] = str(deal["fetched_at"])
        elif novelty is Novelty.NEW:
            report.new += 1
        elif resend:
            report.resent += 1
        else:
            report.skipped += 1
            continue
        sink.send(deal)
    report.undelivered = sink.settle()
    for deal in reading.deals:
        if record_key(deal) not in report.undelivered:
            state.acknowledge(deal)
    if not report.undelivered:
        known.etag = document.validators.etag
        known.last_modified = document.validators.last_modified
    return report


def _back_off(known: FeedState, feed: Feed, now_s: float, retry_after_s: float | None) -> None:
    """Plan the next try: later with every failure in a row, and not before the server wants it."""
    known.failures += 1
    longest_s = max(MAX_BACKOFF_S, feed.interval_s)
    pause_s = min(feed.interval_s * 2.0 ** min(known.failures, 20), longest_s)
    known.due_at_s = now_s + max(pause_s, retry_after_s or 0.0)
