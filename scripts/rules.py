"""`python -m scripts.rules add|list|remove|validate`: the alert rules on deals.rules.

A rule added takes effect in running jobs without a restart; adding a rule_id again replaces it.
"""

import argparse
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from confluent_kafka import KafkaError, Message, Producer

from schemas.rules import Rule, read_rules
from schemas.values import to_json
from scripts.connection import Connection, ToolError, connection_options, reports_errors
from scripts.tail import read_topic

TOPIC = "deals.rules"
DELIVERY_S = 30.0


def publish(connection: Connection, values: dict[str, bytes | None], topic: str = TOPIC) -> None:
    """Write records by their keys, None removes one; returns when the broker has them all.

    Raises:
        ToolError: the broker did not take each of them within DELIVERY_S.
    """
    failures: list[str] = []

    def on_delivery(error: KafkaError | None, message: Message) -> None:
        if error is not None:
            failures.append(f"{(message.key() or b'?').decode()}: {error.str()}")

    settings = {
        "enable.idempotence": True,
        "acks": "all",
        "delivery.timeout.ms": int(DELIVERY_S * 1000),
    }
    producer = Producer(connection.client() | settings)
    for rule_id, value in values.items():
        producer.produce(topic, key=rule_id.encode(), value=value, on_delivery=on_delivery)
    if producer.flush(DELIVERY_S + 5) or failures:
        message = "; ".join(failures) or f"no answer from the broker after {DELIVERY_S:g} s"
        raise ToolError(message)


def add(connection: Connection, rules: Sequence[Rule]) -> None:
    """Write rules, now."""
    now_ms = time.time_ns() // 1_000_000
    encode = connection.codec.encode
    publish(connection, {rule.rule_id: encode(TOPIC, rule.record(now_ms)) for rule in rules})


def stored(connection: Connection) -> dict[str, dict[str, Any] | None]:
    """The rules on the topic by rule_id; None: it was removed.

    A record that cannot be decoded changes nothing, as in the jobs.
    """
    rules: dict[str, dict[str, Any] | None] = {}
    for record in read_topic(connection, TOPIC, from_beginning=True, until_end=True):
        if record.reason is None and record.key_text is not None:
            rules[record.key_text] = record.value
    return rules


def current(connection: Connection) -> dict[str, dict[str, Any]]:
    """The rules in force by rule_id."""
    return {rule_id: rule for rule_id, rule in stored(connection).items() if rule is not None}


def parser() -> argparse.ArgumentParser:
    """The command line's grammar."""
    rules = argparse.ArgumentParser(prog="python -m scripts.rules", description=__doc__)
    commands = rules.add_subparsers(dest="command", required=True, metavar="COMMAND")
    connection = [connection_options()]
    adds = commands.add_parser("add", help="add or replace rules", parents=connection)
    adds.add_argument("file", type=Path, help="JSON: one rule or a list of rules")
    commands.add_parser("list", help="the rules in force, a JSON object a line", parents=connection)
    removes = commands.add_parser("remove", help="remove a rule", parents=connection)
    removes.add_argument("rule_id")
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
    else:
        for _, record in sorted(current(connection).items()):
            print(to_json(record))
    return 0


if __name__ == "__main__":
    sys.exit(main())
