"""`python -m scripts.rules add|list|remove|test|validate`: the alert rules on deals.rules.

A rule added takes effect in running jobs without a restart; adding a rule_id again replaces it.
"""

import argparse
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table
from rich.text import Text

from schemas.values import EPOCH, to_json
from scripts import compacted
from scripts.connection import Connection, ToolError, connection_options, reports_errors
from scripts.rule_files import WrittenRule, read_rules
from scripts.rule_trial import Trial, trial
from scripts.tail import printable, read_topic
from udfs.alerting.conditions import tree_text
from udfs.alerting.rules import Rule, RuleError

TOPIC = "deals.rules"
EVALUATED = "deals.evaluated"
DAY_MS = 24 * 3600 * 1000
SHOWN = ("deal_id", "product_key", "title", "merchant", "price_usd", "verdict", "observed_at")


def publish(connection: Connection, values: Mapping[str, bytes | None]) -> None:
    """Write rules by their rule_id, None removes one.

    Raises:
        ToolError: the broker did not take each of them.
    """
    compacted.publish(connection, TOPIC, values)


def add(connection: Connection, rules: Sequence[WrittenRule]) -> None:
    """Write rules, now."""
    now_ms = time.time_ns() // 1_000_000
    encode = connection.codec.encode
    publish(connection, {rule.rule_id: encode(TOPIC, rule.record(now_ms)) for rule in rules})


def stored(connection: Connection) -> dict[str, dict[str, Any] | None]:
    """The rules on the topic by rule_id; None: it was removed."""
    return compacted.stored(connection, TOPIC)


def current(connection: Connection) -> dict[str, dict[str, Any]]:
    """The rules in force by rule_id."""
    return compacted.current(connection, TOPIC)


def past_deals(connection: Connection, days: float) -> list[dict[str, Any]]:
    """The deals that came to deals.evaluated in the last days, as they came."""
    since_ms = time.time_ns() // 1_000_000 - days * DAY_MS
    records = [
        record
        for record in read_topic(connection, EVALUATED, from_beginning=True, until_end=True)
        if record.value is not None and record.timestamp_ms >= since_ms
    ]
    records.sort(key=lambda each: (each.timestamp_ms, each.partition, each.offset))
    return [record.value for record in records if record.value is not None]


def tried(connection: Connection, name: str) -> Iterator[Rule]:
    """The rules of a file of this name, or else the one on the topic with this rule_id.

    Raises:
        ToolError: there is neither, or the rule on the topic is none that the jobs use.
    """
    if Path(name).is_file():
        yield from (each.rule(0) for each in read_rules(Path(name)))
        return
    record = current(connection).get(name)
    if record is None:
        message = f"there is neither a file nor a rule {name}"
        raise ToolError(message)
    try:
        yield Rule.from_record(record)
    except RuleError as error:
        message = f"{name}: {error}"
        raise ToolError(message) from error


def show_trial(rule: Rule, found: Trial, *, as_json: bool) -> None:
    """Each match with what becomes of it: a table in a terminal, else a line each."""
    told = sum(each.is_told for each in found.outcomes)
    table = Table("observed", "USD", "deal", "told", "when, or why not", box=None)
    for each in found.outcomes:
        deal = each.deal
        if as_json:
            line = {"rule_id": rule.rule_id, "is_told": each.is_told, "why": each.why}
            print(to_json(line | {name: deal[name] for name in SHOWN}))
            continue
        at = EPOCH + timedelta(milliseconds=deal["observed_at"])
        cells = (
            f"{at:%Y-%m-%d %H:%M}",
            f"{deal['price_usd']:,.2f}",
            printable(deal["title"]),
            "yes" if each.is_told else "no",
            printable(each.why),
        )
        if sys.stdout.isatty():
            table.add_row(*cells[:3], Text(cells[3], "green" if each.is_told else ""), cells[4])
        else:
            print("\t".join(cells))
    if table.row_count:
        Console().print(table)
    held = len(found.outcomes) - told
    print(
        f"{rule.rule_id}: {found.deals} deals, {told} told, {held} held back, "
        f"{found.deals - len(found.outcomes)} do not match",
        file=sys.stderr,
    )


def show_rules(records: Sequence[dict[str, Any]]) -> None:
    """A table in a terminal, a JSON object a line in a pipe."""
    if not sys.stdout.isatty():
        for record in records:
            print(to_json(record))
        return
    table = Table("rule", "name", "on", "asks for", "tells", box=None)
    for record in records:
        try:
            rule = Rule.from_record(record)
        except RuleError as error:
            table.add_row(printable(record["rule_id"]), "", "no", printable(f"unusable: {error}"))
            continue
        asks = tree_text(rule.tree) if rule.tree else "nothing"
        policy = rule.policy.model_dump_json(exclude_defaults=True)
        table.add_row(
            *(Text(printable(text)) for text in (rule.rule_id, rule.name)),
            "yes" if rule.is_enabled else "no",
            *(Text(printable(text)) for text in (asks, "at once" if policy == "{}" else policy)),
        )
    Console().print(table)


def parser() -> argparse.ArgumentParser:
    """The command line's grammar."""
    rules = argparse.ArgumentParser(prog="python -m scripts.rules", description=__doc__)
    commands = rules.add_subparsers(dest="command", required=True, metavar="COMMAND")
    connection = [connection_options()]
    adds = commands.add_parser("add", help="add or replace rules", parents=connection)
    adds.add_argument("file", type=Path, help="JSON: one rule or a list of rules")
    commands.add_parser(
        "list", help="the rules in force; a JSON object a line in a pipe", parents=connection
    )
    removes = commands.add_parser("remove", help="remove a rule", parents=connection)
    removes.add_argument("rule_id")
    tests = commands.add_parser(
        "test", help="what a rule would have told of past deals, and why not", parents=connection
    )
    tests.add_argument("rule", help="a JSON file, or the rule_id of a rule in force")
    tests.add_argument(
        "--days", type=float, default=7.0, metavar="N", help="deals of so many days (%(default)g)"
    )
    tests.add_argument(
        "--memory-days", type=int, default=90, metavar="N", help="of the job (%(default)s)"
    )
    tests.add_argument("--json", action="store_true", help="one JSON object a match")
    validates = commands.add_parser("validate", help="check a file; needs no broker")
    validates.add_argument("file", type=Path, help="JSON: one rule or a list of rules")
    return rules


@reports_errors
def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; returns the exit code."""
    options = parser().parse_args(arguments)
    if options.command == "validate":
        for rule in read_rules(options.file):
            print(f"{rule.rule_id}: valid")
        return 0
    connection = Connection.of(options)
    if options.command == "add":
        rules = read_rules(options.file)
        add(connection, rules)
        for rule in rules:
            print(f"{rule.rule_id}: added")
    elif options.command == "remove":
        if options.rule_id not in current(connection):
            message = f"there is no rule {options.rule_id}"
            raise ToolError(message)
        publish(connection, {options.rule_id: None})
        print(f"{options.rule_id}: removed")
    elif options.command == "test":
        asked = list(tried(connection, options.rule))
        deals = past_deals(connection, options.days)
        for each in asked:
            found = trial(each, deals, options.memory_days)
            show_trial(each, found, as_json=options.json)
    else:
        show_rules([record for _, record in sorted(current(connection).items())])
    return 0


if __name__ == "__main__":
    sys.exit(main())
