"""The live screen: counters, lag, newest verdicts and alerts, until Ctrl-C."""

import time

from rich.console import Console
from rich.live import Live

from scripts.demo.display import screen
from scripts.demo.follower import Follower
from scripts.demo.lag import READS
from scripts.demo.session import Session

REFRESH_S = 1.0


def show_live(session: Session, console: Console) -> None:
    """Show what happens until Ctrl-C; in a pipe, a line whenever a count changes."""
    follower = Follower(session.connection.client(), session.connection.codec.decode)
    follower.start()
    try:
        if console.is_terminal:
            _draw(session, console, follower)
        else:
            _print(session, follower)
    finally:
        follower.close()


def _draw(session: Session, console: Console, follower: Follower) -> None:
    with Live(console=console, auto_refresh=False, screen=True) as live:
        while True:
            session.check()
            shown = screen(session.addresses(), counts(session), follower, console.height)
            live.update(shown, refresh=True)
            time.sleep(REFRESH_S)


def _print(session: Session, follower: Follower) -> None:
    for name, url in session.addresses().items():
        print(f"{name}: {url}", flush=True)
    shown: dict[str, tuple[int, int | None]] = {}
    while True:
        session.check()
        now = counts(session)
        if now != shown:
            shown = now
            line = ", ".join(
                f"{topic} {count}" + ("" if lag is None else f" (lag {lag})")
                for topic, (count, lag) in now.items()
            )
            dead = sum(follower.dead_letters.values())
            print(f"{line}, dead letters {dead}", flush=True)
        time.sleep(REFRESH_S)


def counts(session: Session) -> dict[str, tuple[int, int | None]]:
    """Topic -> (records, the largest lag of those who read it; None where no job does)."""
    lags: dict[str, int] = {}
    for job, topic in READS.items():
        lags[topic] = max(lags.get(topic, 0), session.lags.lag(job))
    topics = ("deals.raw", "deals.parsed", "deals.evaluated", "deals.stats", "deals.alerts")
    return {topic: (session.lags.count(topic), lags.get(topic)) for topic in topics}
