"""`python -m scripts.bootstrap`: register the schemas, create the topics, write the default rule.

Everything that is there already stays, so it can run again at any time.
"""

import argparse
import sys
from collections.abc import Callable, Sequence

from schemas.topics import DEFAULT_PARTITIONS, create_topics, shadow_specs, topic_specs
from scripts import rules
from scripts.connection import Connection, connection_options, reports_errors
from scripts.rule_files import DEFAULT_RULES, read_rules


def bootstrap(
    connection: Connection,
    *,
    partitions: int = DEFAULT_PARTITIONS,
    replication_factor: int = 1,
    min_insync_replicas: int = 1,
    with_shadow: bool = False,
    tell: Callable[[str], None] = print,
) -> None:
    """Make broker and registry ready for the jobs.

    Args:
        connection: broker and registry.
        partitions: of each topic, at least.
        replication_factor: of topics created.
        min_insync_replicas: of each topic.
        with_shadow: make the topics of `scripts.deploy --blue-green` too.
        tell: takes a line about each thing done or found.

    Raises:
        IncompatibleSchemaError: a shipped schema cannot read what was written before.
        TopicError: a topic cannot be made as it must be.
        ToolError: the default rule could not be written.
    """
    for topic, version_id in connection.registry.register_all().items():
        tell(f"schema {topic}: version {version_id} in registry {connection.registry_name}")
    outcomes = create_topics(
        connection.client(),
        topic_specs(partitions) + (shadow_specs(partitions) if with_shadow else ()),
        replication_factor=replication_factor,
        min_insync_replicas=min_insync_replicas,
    )
    for outcome in outcomes:
        tell(f"topic {outcome}")
    stored = rules.stored(connection)
    defaults = read_rules(DEFAULT_RULES)
    rules.add(connection, [rule for rule in defaults if rule.rule_id not in stored])
    for rule in defaults:
        if rule.rule_id not in stored:
            tell(f"rule {rule.rule_id}: written")
        elif stored[rule.rule_id] is None:
            tell(f"rule {rule.rule_id}: was removed, stays so")
        else:
            tell(f"rule {rule.rule_id}: there already")


def parser() -> argparse.ArgumentParser:
    """The command line's grammar."""
    setup = argparse.ArgumentParser(
        prog="python -m scripts.bootstrap", description=__doc__, parents=[connection_options()]
    )
    for name, default, what in (
        ("--partitions", DEFAULT_PARTITIONS, "of each topic"),
        ("--replication-factor", 1, "of topics created"),
        ("--min-insync-replicas", 1, "of each topic"),
    ):
        setup.add_argument(name, type=int, default=default, help=f"{what} (%(default)s)")
    setup.add_argument(
        "--with-shadow",
        action="store_true",
        help="the topics of `scripts.deploy up --blue-green` too",
    )
    return setup


@reports_errors
def main(arguments: Sequence[str] | None = None) -> int:
    """Bootstrap from the command line; returns the exit code."""
    options = parser().parse_args(arguments)
    bootstrap(
        Connection.of(options),
        partitions=options.partitions,
        replication_factor=options.replication_factor,
        min_insync_replicas=options.min_insync_replicas,
        with_shadow=options.with_shadow,
    )
    return 0


if __name__ == "__main__":
    sys.exit(main())
