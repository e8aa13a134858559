"""`python -m scripts.dlq list|show|replay`: the dead letters on deals.dlq.

`replay` sends records back to the topics they came from, with their bytes, key and partition, after
what was wrong has been mended. Each record is sent once, however often it is asked for.
"""

import argparse
import re
import sys
import time
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta

from rich.console import Console

from schemas import definitions
from scripts.connection import Connection, ToolError, connection_options, reports_errors
from scripts.dlq.letters import TOPIC, Filter, read_letters, replayed_origins
from scripts.dlq.replaying import Outcome, replay
from scripts.dlq.showing import as_json, show_list, show_outcome, show_whole

TELL_EVERY_S = 2.0
_SPAN = re.compile(r"(\d+)([smhd])")
_UNITS = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days"}


def moment(text: str) -> int:
    """UTC epoch ms of an ISO 8601 time (UTC where it names no zone), or of `2h`, `3d` ago.

    Raises:
        argparse.ArgumentTypeError: it is neither.
    """
    if span := _SPAN.fullmatch(text):
        ago = timedelta(**{_UNITS[span[2]]: int(span[1])})
        return round((datetime.now(UTC) - ago).timestamp() * 1000)
    try:
        when = datetime.fromisoformat(text)
    except ValueError:
        message = f"{text!r} is no time: 2026-11-28T09:00, or 90s, 5m, 2h, 3d ago"
        raise argparse.ArgumentTypeError(message) from None
    return round((when if when.tzinfo else when.replace(tzinfo=UTC)).timestamp() * 1000)


def filter_options() -> argparse.ArgumentParser:
    """The options that say which letters are meant."""
    symbols = {
        field["name"]: field["type"]["symbols"]
        for field in definitions.definition(TOPIC)["fields"]
        if field["name"] in ("stage", "reason")
    }
    parser = argparse.ArgumentParser(add_help=False)
    group = parser.add_argument_group("which letters (all that are given must fit)")
    for name in ("reason", "stage"):
        group.add_argument(
            f"--{name}",
            action="append",
            default=[],
            choices=symbols[name],
            metavar=name.upper(),
            help=f"repeatable; one of {', '.join(symbols[name])}",
        )
    group.add_argument("--topic", action="append", default=[], help="origin topic; repeatable")
    group.add_argument("--origin", action="append", default=[], help="topic:partition:offset")
    group.add_argument("--since", type=moment, metavar="TIME", help="2026-11-28T09:00 or 2h (ago)")
    group.add_argument("--until", type=moment, metavar="TIME", help="before this time")
    group.add_argument("--letters", default=TOPIC, metavar="TOPIC", help="(%(default)s)")
    return parser


def parser() -> argparse.ArgumentParser:
    """The command line's grammar."""
    dlq = argparse.ArgumentParser(prog="python -m scripts.dlq", description=__doc__)
    commands = dlq.add_subparsers(dest="command", required=True, metavar="COMMAND")
    parents = [filter_options(), connection_options()]
    lists = commands.add_parser("list", help="a line a letter, and counts", parents=parents)
    shows = commands.add_parser("show", help="letters whole, records decoded", parents=parents)
    for command in (lists, shows):
        command.add_argument("--json", action="store_true", help="one JSON object a line")
    replays = commands.add_parser(
        "replay", help="send records to their topics again", parents=parents
    )
    replays.add_argument("--dry-run", action="store_true", help="say what would be sent")
    replays.add_argument("--all", action="store_true", help="all letters: without any filter")
    return dlq


@reports_errors
def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command.

    Returns:
        The exit code: 0 well, 1 an error or a refused letter, 2 wrong options.
    """
    grammar = parser()
    options = grammar.parse_args(arguments)
    wanted = Filter(
        origins=frozenset(options.origin),
        reasons=frozenset(options.reason),
        stages=frozenset(options.stage),
        topics=frozenset(options.topic),
        since_ms=options.since,
        until_ms=options.until,
    )
    if options.command == "replay":
        if not wanted.asks_for_something and not options.all:
            grammar.error("replay needs --all, or a filter such as --reason")
        return _replay(Connection.of(options), wanted, options)
    connection = Connection.of(options)
    replayed = replayed_origins(connection, options.letters)
    letters = read_letters(connection, wanted, replayed, options.letters)
    if options.json:
        for letter in letters:
            print(as_json(letter, connection), flush=True)
    elif options.command == "list":
        show_list(letters, Console())
    else:
        shown = 0
        for shown, letter in enumerate(letters, start=1):  # noqa: B007 - counted for below
            show_whole(letter, connection)
            print()
        if not shown:
            message = "no dead letter fits"
            raise ToolError(message)
    return 0


def _replay(connection: Connection, wanted: Filter, options: argparse.Namespace) -> int:
    outcome = replay(
        connection,
        wanted,
        is_dry_run=options.dry_run,
        topic=options.letters,
        tell=_progress(),
    )
    show_outcome(outcome, is_dry_run=options.dry_run)
    return 1 if outcome.refused else 0


def _progress() -> Callable[[Outcome], None]:
    told_s = time.monotonic()

    def tell(outcome: Outcome) -> None:
        nonlocal told_s
        if time.monotonic() - told_s >= TELL_EVERY_S:
            told_s = time.monotonic()
            refused = len(outcome.refused)
            print(f"{outcome.sent.total()} sent, {refused} refused ...", file=sys.stderr)

    return tell


if __name__ == "__main__":
    sys.exit(main())
