"""Dead letters for people: tables in a terminal, a line a letter elsewhere; nothing hostile."""

import sys
from collections import Counter
from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any

from rich.console import Console
from rich.table import Table
from rich.text import Text

from schemas.frames import BadRecordError
from schemas.values import to_json
from scripts.connection import Connection
from scripts.dlq.letters import Letter
from scripts.dlq.replaying import Outcome
from scripts.tail import printable

COLUMNS = ("at", "stage", "reason", "origin", "bytes", "replayed", "detail")


def cells(letter: Letter) -> tuple[str, ...]:
    """What a table shows of a letter, in the order of COLUMNS."""
    return (
        f"{datetime.fromtimestamp(letter.at_ms / 1000, UTC):%Y-%m-%d %H:%M:%S}",
        letter.stage,
        letter.reason,
        printable(letter.origin),
        str(len(letter.payload or b"")),
        "yes" if letter.is_replayed else "no",
        printable(letter.detail),
    )


def show_list(letters: Iterable[Letter], console: Console) -> None:
    """The letters, then how many of each stage and reason."""
    counts: Counter[tuple[str, str]] = Counter()
    table = Table(*COLUMNS)
    for letter in letters:
        counts[letter.stage, letter.reason] += 1
        if console.is_terminal:
            table.add_row(*map(Text, cells(letter)))
        else:
            print("  ".join(cells(letter)))
    if console.is_terminal and counts:
        console.print(table)
    for (stage, reason), count in sorted(counts.items()):
        print(f"{stage} {reason}: {count}")
    print(f"{counts.total()} dead letters")


def as_json(letter: Letter, connection: Connection) -> str:
    """A letter as one JSON object, its record decoded under `record` where it can be."""
    shown: dict[str, Any] = {
        "origin": letter.origin,
        "stage": letter.stage,
        "reason": letter.reason,
        "detail": letter.detail,
        "at": letter.at_ms,
        "code_version": letter.code_version,
        "is_replayed": letter.is_replayed,
        "payload": letter.payload,
    }
    try:
        shown["record"] = connection.codec.decode(letter.payload)
    except BadRecordError as error:
        shown["record"] = None
        shown["unreadable"] = str(error)
    return to_json(shown)


def show_whole(letter: Letter, connection: Connection) -> None:
    """Everything about a letter, its record decoded."""
    for name, value in zip(COLUMNS, cells(letter), strict=True):
        print(f"{name + ':':<10} {value}")
    print(f"{'code:':<10} {printable(letter.code_version)}")
    try:
        record = connection.codec.decode(letter.payload)
    except BadRecordError as error:
        print(f"{'record:':<10} {printable(str(error))}")
        print(f"{'hex:':<10} {(letter.payload or b'')[:256].hex(' ')}")
        return
    print("record:")
    for name, value in record.items():
        shown = value if isinstance(value, str) else to_json(value)
        print(printable(f"  {name} = {shown}"))


def show_outcome(outcome: Outcome, *, is_dry_run: bool) -> None:
    """The summary of a replay; refusals with their reason go to standard error."""
    for letter, why in outcome.refused:
        print(printable(f"refused {letter.origin} ({letter.reason}): {why}"), file=sys.stderr)
    verb = "would be sent" if is_dry_run else "sent"
    for topic, count in sorted(outcome.sent.items()):
        print(f"{printable(topic)}: {count} {verb}")
    print(
        f"{outcome.sent.total()} {verb}, {outcome.replayed_before} replayed before,"
        f" {outcome.same_record} of the same records, {len(outcome.refused)} refused"
    )
