"""`--once`: wait until each stage has caught up, then settle the accounts."""

import time
from collections import Counter
from pathlib import Path
from typing import Any

from opensearchpy import OpenSearch
from rich.console import Console

from scripts.demo.display import print_summary
from scripts.demo.lag import READS
from scripts.demo.ledger import Ledger, count_duplicates
from scripts.demo.session import DemoError, Session
from scripts.demo.windows import Record, latest, newest_with_best, summarised, too_late
from scripts.tail import read_topic

DEADLINE_S = 600.0
WINDOWS_S = 30.0
POLL_S = 0.3
TELL_EVERY_S = 5.0
INDEX = "deals"


def run_once(session: Session, console: Console, dump: Path | None) -> Ledger:
    """Wait, print the summary and whatever does not add up; returns the accounts."""
    await_caught_up(session)
    await_windows(session)
    ledger, alerts, best = settle(session)
    if dump:
        session.dump(dump)
    print_summary(console, ledger, alerts, best)
    for discrepancy in ledger.discrepancies():
        console.print(f"lost or invented: {discrepancy}", style="bold red", markup=False)
    return ledger


def await_caught_up(session: Session) -> None:
    """Wait until every job has finished all of its topic, in the order of the dataflow.

    Raises:
        DemoError: a job has not caught up in time.
        local.application.ApplicationError: the jobs have ended.
    """
    deadline_s = time.monotonic() + DEADLINE_S
    told_s = time.monotonic()
    for job, topic in READS.items():
        while (lag := session.lags.lag(job)) > 0:
            session.check()
            now_s = time.monotonic()
            if now_s > deadline_s:
                message = f"{job} is {lag} records behind on {topic} after {DEADLINE_S:.0f} s"
                raise DemoError(message)
            if now_s - told_s > TELL_EVERY_S:
                told_s = now_s
                print(f"{job}: {lag} records of {topic} to go", flush=True)
            time.sleep(POLL_S)


def await_windows(session: Session) -> None:
    """Wait until every deal is in a window that was written: the last close when nothing comes.

    A deal that never gets there is said by the ledger.
    """
    until_s = time.monotonic() + WINDOWS_S
    wanted = len(values(session, "deals.evaluated"))
    while time.monotonic() < until_s:
        session.check()
        windows = latest(values(session, "deals.stats"))
        if summarised(windows.values()) + too_late(values(session, "deals.dlq")) >= wanted:
            return
        time.sleep(POLL_S)


def settle(session: Session) -> tuple[Ledger, list[dict[str, Any]], Record | None]:
    """Read all topics and the index; returns the ledger, the alerts and the window to show."""
    seconds = time.monotonic() - session.began_s
    parsed, evaluated, stats, alerts, letters = (
        values(session, topic)
        for topic in ("deals.parsed", "deals.evaluated", "deals.stats", "deals.alerts", "deals.dlq")
    )
    windows = latest(stats)
    ledger = Ledger(
        raw=session.lags.count("deals.raw"),
        parsed=len(parsed),
        evaluated=len(evaluated),
        alerts=len(alerts),
        documents=_documents(session.stack.endpoints().opensearch_url),
        deals=len({deal["deal_id"] for deal in evaluated}),
        duplicates=count_duplicates(parsed, evaluated),
        stats=len(windows),
        summarised=summarised(windows.values()),
        too_late=too_late(letters),
        dead_letters=Counter((letter["stage"], letter["reason"]) for letter in letters),
        seconds=seconds,
    )
    return ledger, alerts, newest_with_best(windows.values())


def values(session: Session, topic: str) -> list[dict[str, Any]]:
    """The decoded records of a topic so far."""
    records = read_topic(session.connection, topic, from_beginning=True, until_end=True)
    return [record.value for record in records if record.value is not None]


def _documents(url: str) -> int:
    client = OpenSearch(url)
    try:
        client.indices.refresh(index=INDEX, ignore_unavailable=True)
        return int(client.count(index=INDEX, ignore_unavailable=True)["count"])
    finally:
        client.close()
