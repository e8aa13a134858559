"""`python -m scripts.notify`: tell people of alerts, each at most once.

Without options it follows the alerts of the local stack and prints them here. --service sends them
to any service of apprise (mail, chats, phones: https://appriseit.com/services/). What was sent is
remembered in --store. A message that a service does not take is tried again, and after the last
try its alerts are dead letters. Ctrl-C ends it in order. Exit code: 0, 1 an error or with --once
something that was not delivered, 2 wrong options.
"""

import argparse
import signal
import sqlite3
import sys
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from confluent_kafka.admin import AdminClient
from rich.console import Console

from scripts.connection import Connection, ToolError, connection_options, reports_errors
from scripts.notifier.claims import Claims, DynamoClaims, SqliteClaims
from scripts.notifier.delivery import Patience
from scripts.notifier.letters import KafkaLetters, NoLetters
from scripts.notifier.messages import TemplateError, Templates
from scripts.notifier.reading import REQUEST_S, AlertReader
from scripts.notifier.running import Notifier
from scripts.notifier.services import (
    AppriseService,
    Desktop,
    Service,
    ServiceError,
    Terminal,
    read_urls,
)
from scripts.tail import printable
from udfs.logs import correlated, json_line

TOPIC = "deals.alerts"
LOGGER = "scripts.notify"
DEFAULT_GROUP = "deal-finder.notify"
STORES = Path(__file__).resolve().parents[1] / ".local" / "notify"
DYNAMODB = "dynamodb:"


def parser() -> argparse.ArgumentParser:
    """The command line's grammar."""
    notify = argparse.ArgumentParser(
        prog="python -m scripts.notify", description=__doc__, parents=[connection_options()]
    )
    notify.add_argument(
        "--service", action="append", default=[], metavar="URL", help="of apprise; repeatable"
    )
    notify.add_argument(
        "--service-file",
        type=Path,
        metavar="FILE",
        help="a URL a line; other users of a machine can see the options of a command",
    )
    notify.add_argument("--desktop", action="store_true", help="open a note on this desktop too")
    notify.add_argument(
        "--template",
        type=Path,
        metavar="FILE",
        help="TOML: title, body, digest_title, digest_item, with $title, $price_usd, $url ...",
    )
    notify.add_argument("--from-beginning", action="store_true", help="start with the oldest alert")
    notify.add_argument("--once", action="store_true", help="stop at the end")
    notify.add_argument(
        "--dry-run", action="store_true", help="print what would be sent; leave no trace"
    )
    notify.add_argument(
        "--log-format",
        choices=("plain", "json"),
        default="plain",
        help="of what it says of its work on stderr (%(default)s)",
    )
    notify.add_argument("--topic", default=TOPIC, help="of the alerts (%(default)s)")
    notify.add_argument("--tries", type=_count, default=5, metavar="N", help="(%(default)s)")
    notify.add_argument(
        "--group", default=DEFAULT_GROUP, help="consumer group, each tells for itself (%(default)s)"
    )
    notify.add_argument(
        "--store",
        metavar="FILE|dynamodb:TABLE",
        help="of what was sent (a file for cluster and group under .local/notify)",
    )
    return notify


@reports_errors
def main(arguments: Sequence[str] | None = None) -> int:
    """Notify; returns the exit code."""
    options_parser = parser()
    options = options_parser.parse_args(arguments)
    out = Console(highlight=False, emoji=False, soft_wrap=True)
    err = Console(stderr=True, highlight=False, emoji=False, soft_wrap=True)
    try:
        templates = Templates.load(options.template) if options.template else Templates()
        services = _services(options)
    except (TemplateError, ServiceError) as error:
        options_parser.error(str(error))
    connection = Connection.of(options)
    shown_here = any(isinstance(service, Terminal) for service in services)

    def tell(line: str, about: str) -> None:
        if options.log_format == "json":
            with correlated(about):
                print(json_line(line, logger=LOGGER, job="notify"), file=sys.stderr, flush=True)
        elif not shown_here:
            out.print(printable(line), markup=False)
            out.file.flush()

    def warn(line: str, about: str) -> None:
        if options.log_format == "json":
            with correlated(about):
                written = json_line(line, level="WARNING", logger=LOGGER, job="notify")
            print(written, file=sys.stderr, flush=True)
            return
        err.print(printable(f"warning: {line}"), style="yellow", markup=False)

    stop = threading.Event()
    with _stopping_on_signals(stop):
        reader = AlertReader(
            connection,
            options.topic,
            options.group,
            from_beginning=options.from_beginning,
            is_dry=options.dry_run,
        )
        claims = _claims(options, connection)
        notifier = Notifier(
            reader,
            claims,
            services,
            NoLetters() if options.dry_run else KafkaLetters(connection),
            templates=templates,
            patience=Patience(options.tries),
            stop=stop,
            tell=tell,
            warn=warn,
        )
        try:
            notifier.run(once=options.once)
        finally:
            reader.close()
            claims.close()
            err.print(str(notifier.counts), markup=False)
    counts = notifier.counts
    return int(options.once and bool(counts.failed or counts.uncertain or counts.unreadable))


def _services(options: argparse.Namespace) -> list[Service]:
    urls = [*options.service, *(read_urls(options.service_file) if options.service_file else [])]
    services: list[Service] = [AppriseService(url, i) for i, url in enumerate(urls, start=1)]
    if options.dry_run:
        return [Terminal(prefix="would send: ")]
    if not services:
        services.append(Terminal())
    return [*services, Desktop()] if options.desktop else services


def _claims(options: argparse.Namespace, connection: Connection) -> Claims:
    if options.dry_run:
        return SqliteClaims(None)
    if options.store and options.store.startswith(DYNAMODB):
        table = options.store.removeprefix(DYNAMODB)
        endpoint_url = connection.aws_endpoint_url
        return DynamoClaims(table, options.group, connection.region, endpoint_url)
    path = Path(options.store) if options.store else _default_store(connection, options.group)
    try:
        return SqliteClaims(path)
    except (OSError, sqlite3.Error) as error:
        message = f"{path}: {error}"
        raise ToolError(message) from error


def _default_store(connection: Connection, group: str) -> Path:
    # The cluster in its name: a local one that was made anew tells its alerts anew.
    cluster = AdminClient(connection.client()).list_topics(timeout=REQUEST_S).cluster_id
    name = "".join(letter if letter.isalnum() or letter in "-_." else "_" for letter in group)
    return STORES / f"{cluster}.{name}.db"


@contextmanager
def _stopping_on_signals(stop: threading.Event) -> Iterator[None]:
    """The first SIGINT or SIGTERM ends the notifier in order; a second one ends it at once."""

    def handle(number: int, _: object) -> None:
        stop.set()
        signal.signal(number, signal.SIG_DFL)

    before = {number: signal.signal(number, handle) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _count(text: str) -> int:
    if not text.isdecimal() or not int(text):
        message = f"{text!r} is not a number above 0"
        raise argparse.ArgumentTypeError(message)
    return int(text)


if __name__ == "__main__":
    sys.exit(main())
