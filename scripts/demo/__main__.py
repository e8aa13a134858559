"""`make demo`: feeds in, verdicts and alerts out, on a real Kafka, OpenSearch and Flink.

Builds what is missing, starts everything on this machine, scans the feeds and shows what becomes of
them. Ctrl-C stops everything that it started; the next run goes on where this one ended, with all
that it remembers. With --once it starts from nothing, drains the feeds, prints a summary and ends:
exit code 0 only if nothing was lost on the way. With --story it plays one, act by act.
"""

import argparse
import json
import signal
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from rich.console import Console

from local.application import ApplicationError
from local.build import ROOT
from local.java import PrerequisiteError
from local.maven import MavenError
from local.stack import StackError
from scripts.connection import reports_errors
from scripts.demo.ledger import Ledger
from scripts.demo.live import show_live
from scripts.demo.once import run_once
from scripts.demo.session import DemoError, Session
from scripts.demo.story import play
from scripts.scanner.feeds import FeedConfigError

LIVE_HOME, ONCE_HOME = ROOT / ".local" / "demo", ROOT / ".local" / "demo-once"


def parser() -> argparse.ArgumentParser:
    """The command line's grammar."""
    demo = argparse.ArgumentParser(prog="make demo ARGS=...", description=__doc__)
    demo.add_argument(
        "--once", action="store_true", help="drain the feeds, print a summary and end"
    )
    demo.add_argument(
        "--story",
        action="store_true",
        help="play a price fall, a glitch, a fake discount and more, and check what comes of each",
    )
    demo.add_argument(
        "--feeds",
        nargs="+",
        metavar="PATH|URL",
        help="instead of the samples: files, folders, URLs",
    )
    demo.add_argument(
        "--dump", type=Path, metavar="DIR", help="at the end write each topic as DIR/<topic>.jsonl"
    )
    demo.add_argument("--fresh", action="store_true", help="forget what earlier runs remember")
    demo.add_argument("--home", type=Path, help="folder of data and logs, under .local/ by default")
    return demo


@reports_errors
def main(arguments: Sequence[str] | None = None) -> int:
    """Run the demo; returns the exit code."""
    options = parser().parse_args(arguments)
    signal.signal(signal.SIGTERM, _interrupt)
    console = Console()
    ends = options.once or options.story
    home = options.home or (ONCE_HOME if ends else LIVE_HOME)
    session = Session(home, is_fresh=ends or options.fresh)
    ledger: Ledger | None = None
    try:
        session.start([] if options.story else options.feeds)
        if options.story:
            return tell_story(session, console, options.dump)
        if options.once:
            ledger = run_once(session, console, options.dump)
        else:
            watch(session, console, options)
    except KeyboardInterrupt:
        return 130 if ends else 0
    except (
        ApplicationError,
        StackError,
        PrerequisiteError,
        MavenError,
        DemoError,
        FeedConfigError,
    ) as error:
        sys.stderr.write(f"error: {error}\n")
        return 1
    finally:
        # A second Ctrl-C must not leave half of it running.
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        session.close()
    if ledger is None:
        return 0
    # The last line of all, for programs that read the output.
    print(json.dumps(ledger.as_json()), flush=True)
    return 1 if ledger.discrepancies() else 0


def tell_story(session: Session, console: Console, dump: Path | None) -> int:
    """Play the story; 1 if something is otherwise than it says."""
    is_good = play(session, console)
    if dump:
        session.dump(dump)
    console.print("all as told" if is_good else "not all as told", style="bold")
    return 0 if is_good else 1


def watch(session: Session, console: Console, options: argparse.Namespace) -> None:
    """Scan on and show what happens until Ctrl-C; then write the topics, if asked to."""
    session.keep_scanning(options.feeds)
    try:
        show_live(session, console)
    finally:
        if options.dump:
            session.dump(options.dump)


def _interrupt(*_: Any) -> None:
    raise KeyboardInterrupt


if __name__ == "__main__":
    sys.exit(main())
