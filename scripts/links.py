"""`python -m scripts.links list|link|unlink|forget`: which products are one, on deals.products.

What is written by hand counts as a decision in running jobs within seconds, without a restart.
Prices remembered before stay with the product that they were remembered for.
"""

import argparse
import sys
from collections.abc import Sequence
from typing import Any

from schemas.values import to_json
from scripts import compacted
from scripts.connection import Connection, ToolError, connection_options, reports_errors

TOPIC = "deals.products"
BY_HAND = "by hand"


def current(connection: Connection) -> dict[str, dict[str, Any]]:
    """The decisions in force by product_key."""
    return compacted.current(connection, TOPIC)


def decided(connection: Connection, key: str) -> dict[str, Any]:
    """The decision on a key.

    Raises:
        ToolError: there is none.
    """
    found = current(connection).get(key)
    if found is None:
        message = f"no product {key!r} has been met"
        raise ToolError(message)
    return found


def link(connection: Connection, key: str, to: str) -> None:
    """Let a product share another's history from now on; its own key parts it.

    Raises:
        ToolError: one of them was never met, or the other is itself linked to a third.
    """
    record, target = decided(connection, key), decided(connection, to)
    if to != key and target["linked_to"] != to:
        message = f"{to!r} is linked to {target['linked_to']!r}: link to that"
        raise ToolError(message)
    changed = record | {"linked_to": to, "score": None, "decided_by": BY_HAND}
    compacted.publish(connection, TOPIC, {key: connection.codec.encode(TOPIC, changed)})


def parser() -> argparse.ArgumentParser:
    """The command line's grammar."""
    links = argparse.ArgumentParser(prog="python -m scripts.links", description=__doc__)
    commands = links.add_subparsers(dest="command", required=True, metavar="COMMAND")
    connection = [connection_options()]
    lists = commands.add_parser("list", help="links, a JSON object a line", parents=connection)
    lists.add_argument("--all", action="store_true", help="products that are linked to none, too")
    help_text = "let a product share another's history"
    links_to = commands.add_parser("link", help=help_text, parents=connection)
    links_to.add_argument("product_key")
    links_to.add_argument("to")
    for name, text in (
        ("unlink", "give a product a history of its own, for good"),
        ("forget", "decide anew when the product is next met"),
    ):
        command = commands.add_parser(name, help=text, parents=connection)
        command.add_argument("product_key")
    return links


@reports_errors
def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; returns the exit code."""
    options = parser().parse_args(arguments)
    connection = Connection.of(options)
    if options.command == "list":
        for key, record in sorted(current(connection).items()):
            if options.all or record["linked_to"] != key:
                print(to_json(record))
        return 0
    key = options.product_key
    if options.command == "forget":
        decided(connection, key)
        compacted.publish(connection, TOPIC, {key: None})
        print(f"{key}: forgotten")
        return 0
    to = options.to if options.command == "link" else key
    link(connection, key, to)
    print(f"{key}: counts as {to}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
