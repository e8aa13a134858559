"""The metrics of a task, in the group that the managed service publishes."""

from collections.abc import Callable, Mapping
from typing import Any

from pyflink.table.udf import FunctionContext

from udfs.metrics import GROUP, Kind, Metric


class Counts:
    """Counters and gauges by name; made in `open()`, once a subtask."""

    def __init__(self, context: FunctionContext) -> None:
        """Take the task's metric group."""
        self._group = context.get_metric_group().add_group(GROUP)
        self._counters: dict[tuple[Metric, str | None], Any] = {}

    def add(self, metric: Metric, amount: int = 1, label: str | None = None) -> None:
        """Count; a label says which part of a metric that is split.

        Raises:
            ValueError: no counter, or a label is missing or one too many.
        """
        if metric.kind is not Kind.COUNTER or (metric.label is None) != (label is None):
            message = f"{metric} is a {metric.kind.value} split by {metric.label}, not {label!r}"
            raise ValueError(message)
        counter = self._counters.get((metric, label))
        if counter is None:
            group = self._group
            if metric.label is not None:
                group = group.add_group(metric.label, label)
            counter = self._counters[metric, label] = group.counter(metric.value)
        counter.inc(int(amount))

    def add_each(self, metric: Metric, amounts: Mapping[str, int]) -> None:
        """Count by label."""
        for label, amount in amounts.items():
            self.add(metric, amount, label)

    def watch(self, metric: Metric, read: Callable[[], int]) -> None:
        """Publish what a function gives, after every batch.

        Raises:
            ValueError: no gauge.
        """
        if metric.kind is not Kind.GAUGE:
            message = f"{metric} is a {metric.kind.value}"
            raise ValueError(message)
        self._group.gauge(metric.value, read)
