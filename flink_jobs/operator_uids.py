"""Uids of the operators that hold state: by these alone a savepoint finds its place again.

A plan of SQL numbers its operators, so a change of any query would give the state of one to another
or to none. State functions get their uid in SQL; sources and sinks get theirs here.
"""

import re
from collections import Counter
from typing import Any

from pyflink.datastream import StreamExecutionEnvironment

# A source is read by its job alone, and a topic written by one: dead letters by all together.
_TABLE = re.compile(r"default_catalog[.,] ?(\w+)[.,] ?(\w+)")


def set_uids(environment: StreamExecutionEnvironment) -> list[str]:
    """Name each source and sink of what is attached to the environment.

    Returns:
        All uids of the pipeline, sorted: those of state functions as well.

    Raises:
        ValueError: two operators would have the same, or Flink shows a source or sink in another
            way than it used to.
    """
    attached = environment._j_stream_execution_environment.getTransformations()  # noqa: SLF001 - has no name in Python
    every = {each.getId(): each for root in attached for each in root.getTransitivePredecessors()}
    for each in every.values():
        kind = each.getClass().getSimpleName()
        if kind in ("SourceTransformation", "LegacySourceTransformation"):
            each.setUid("source {}.{}".format(*_table(each)))
        elif kind == "SinkTransformation":
            each.setUid("sink {1}".format(*_table(each)))
    uids = Counter(each.getUid() for each in every.values() if each.getUid() is not None)
    twice = [uid for uid, count in uids.items() if count > 1]
    if twice:
        message = f"several operators have the uid {', '.join(twice)}"
        raise ValueError(message)
    return sorted(uids)


def _table(transformation: Any) -> tuple[str, str]:
    """(database, table) that it reads or writes."""
    description = transformation.getDescription() or ""
    said = _TABLE.search(description)
    if said is None:
        message = f"no table in the description of {transformation.getName()}: {description[:200]}"
        raise ValueError(message)
    return said[1], said[2]
