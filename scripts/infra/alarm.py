"""What an alarm is, and the ways to ask CloudWatch for what it watches.

A counter of ours only grows, in each subtask on its own. The service reads it four times a minute
(its documentation: divide SUM by 4), so the mean total of a period is SUM over the number of
readings, and the difference between two periods is what was added. A restart begins at 0: the
difference is then negative and alarms nobody.
"""

from dataclasses import dataclass
from enum import StrEnum

from udfs.metrics import Metric

FLINK, KAFKA, SEARCH = "AWS/KinesisAnalytics", "AWS/Kafka", "AWS/ES"
READINGS_A_MINUTE = 4
OVER, UNDER = "GreaterThanThreshold", "LessThanThreshold"
BREACHING, QUIET = "breaching", "notBreaching"


class Part(StrEnum):
    """What an alarm is made for each of."""

    APPLICATION = "application"
    CONSUMER = "consumer"
    CLUSTER = "cluster"
    SEARCH = "search"


NAMESPACES = {
    Part.APPLICATION: FLINK,
    Part.CONSUMER: KAFKA,
    Part.CLUSTER: KAFKA,
    Part.SEARCH: SEARCH,
}


@dataclass(frozen=True)
class Query:
    """A series: a metric of the part's own dimensions, or an expression.

    Attributes:
        id: Name in expressions.
        metric: Name of the metric; empty for an expression.
        stat: Statistic over a period.
        expression: A Metrics Insights query in which APPLICATION and CLUSTER stand for names, or
            metric math over the ids.
    """

    id: str
    metric: str = ""
    stat: str = ""
    expression: str = ""


@dataclass(frozen=True)
class Alarm:
    """An alarm; the last query is the one it is on.

    Attributes:
        name: Also its page in docs/runbooks/.
        part: What it is made for each of.
        meaning: One sentence: what is wrong when it speaks.
        queries: At least one.
        operator: OVER or UNDER.
        threshold: In the unit that `meaning` names.
        period_s: Seconds of a value.
        periods: So many values in a row.
        missing: What no value means.
    """

    name: str
    part: Part
    meaning: str
    queries: tuple[Query, ...]
    threshold: float
    operator: str = OVER
    period_s: int = 300
    periods: int = 3
    missing: str = QUIET


def of(metric: str, stat: str) -> tuple[Query, ...]:
    """The metric as it is."""
    return (Query("m1", metric, stat),)


def grown(metric: str, stat: str = "Maximum") -> tuple[Query, ...]:
    """What a counter of the service has grown by from period to period."""
    return (Query("m1", metric, stat), Query("e1", expression="DIFF(m1)"))


def select(query_id: str, function: str, metric: str, *others: str, source: str = FLINK) -> Query:
    """A metric over all dimensions that the service splits it by."""
    name = "\"Cluster Name\" = 'CLUSTER'" if source == KAFKA else "Application = 'APPLICATION'"
    where = " AND ".join((name, *others))
    # CloudWatch's own language, of names of ours only.
    text = f'SELECT {function}({metric}) FROM "{source}" WHERE {where}'  # noqa: S608
    return Query(query_id, expression=text)


def added(query_id: str, period_s: int) -> str:
    """Expression: what a counter of ours was added in a period, all subtasks together."""
    return f"DIFF({query_id}) / {READINGS_A_MINUTE * period_s // 60}"


def increase(metric: Metric, period_s: int, *others: str, per: int = 1) -> tuple[Query, ...]:
    """What a counter of ours was added in a period, over `per`."""
    expression = added("q1", period_s) + (f" / {per}" if per != 1 else "")
    return (select("q1", "SUM", metric, *others), Query("e1", expression=expression))


def share(
    part: Query, whole: Query, period_s: int, at_least: int, otherwise: int = 0
) -> tuple[Query, ...]:
    """What share `part` (q1) is of `whole` (q2), of what was added, from a least number on."""
    enough = f"{added('q2', period_s)} >= {at_least}"
    return (part, whole, Query("e1", expression=f"IF({enough}, DIFF(q1) / DIFF(q2), {otherwise})"))
