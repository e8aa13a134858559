"""What CloudWatch knows of an application: the numbers that the gate looks at."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

from scripts.deployment.application import Application
from scripts.deployment.clock import Clock
from udfs.metrics import Metric

NAMESPACE = "AWS/KinesisAnalytics"
PERIOD_S = 60
# The topic that each job reads first: its lag is the job's.
INPUTS = {
    "parse_deals": "deals.raw",
    "evaluate_deals": "deals.parsed",
    "index_deals": "deals.evaluated",
    "alert_deals": "deals.evaluated",
    "summarise_deals": "deals.evaluated",
}
Series = list[tuple[datetime, float]]


@dataclass(frozen=True)
class Signal:
    """A metric of the application, as CloudWatch names it.

    Attributes:
        name: The metric.
        label: The dimension that splits it besides Application, or None.
    """

    name: str
    label: str | None = None


# Of Flink 2.2 on: fullRestarts is gone, uptime will be.
RESTARTS = Signal("numRestarts")
RUNNING_TIME_MS = Signal("runningTime")
FAILED_CHECKPOINTS = Signal("numberOfFailedCheckpoints")
CHECKPOINT_DURATION_MS = Signal("lastCheckpointDuration")
# Of ours, counted since the job's start.
DEAD_LETTERS, VERDICTS, DUPLICATES, ALERTS = (
    Signal(metric.value, metric.label)
    for metric in (
        Metric.DEAD_LETTERS_TOTAL,
        Metric.VERDICTS_TOTAL,
        Metric.DUPLICATES_TOTAL,
        Metric.ALERTS_TOTAL,
    )
)


class Metrics(Protocol):
    """Where numbers come from."""

    def series(
        self, application: Application, signal: Signal, since: datetime
    ) -> Mapping[str, Series]:
        """A metric of an application: (time, maximum) a minute, oldest first, by its label.

        Without a label the key is "". Minutes without a value are not there.
        """

    def lag_s(self, application: Application, job: str, since: datetime) -> Series:
        """How far behind a job's consumer group is, in seconds."""


class CloudWatchMetrics:
    """The numbers of the real thing."""

    def __init__(self, client: Any, cluster: str, clock: Clock) -> None:
        """Take a boto3 client of cloudwatch, the name of the MSK cluster and a clock."""
        self._client = client
        self._cluster = cluster
        self._clock = clock

    def series(
        self, application: Application, signal: Signal, since: datetime
    ) -> Mapping[str, Series]:
        """As the protocol has it."""
        wanted = {"Application": application.name}
        found: dict[str, list[list[dict[str, str]]]] = {}
        for metric in self._listed(signal.name, wanted):
            dimensions = {each["Name"]: each["Value"] for each in metric["Dimensions"]}
            if signal.label is None:
                # The application's own, not that of one of its tasks.
                if set(dimensions) == {"Application"}:
                    found.setdefault("", []).append(metric["Dimensions"])
            elif signal.label in dimensions:
                found.setdefault(dimensions[signal.label], []).append(metric["Dimensions"])
        if signal.label is None and not found:
            for metric in self._listed(signal.name, wanted):
                found.setdefault("", []).append(metric["Dimensions"])
        return {
            label: _summed([self._read(NAMESPACE, signal.name, each, since) for each in all_of])
            for label, all_of in found.items()
        }

    def lag_s(self, application: Application, job: str, since: datetime) -> Series:
        """As the protocol has it."""
        dimensions = {
            "Cluster Name": self._cluster,
            "Consumer Group": f"{application.group_prefix}.{job}",
            "Topic": INPUTS[job],
        }
        pairs = [{"Name": name, "Value": value} for name, value in dimensions.items()]
        return self._read("AWS/Kafka", "EstimatedMaxTimeLag", pairs, since)

    def _listed(self, name: str, dimensions: Mapping[str, str]) -> list[dict[str, Any]]:
        pages = self._client.get_paginator("list_metrics").paginate(
            Namespace=NAMESPACE,
            MetricName=name,
            Dimensions=[{"Name": key, "Value": value} for key, value in dimensions.items()],
        )
        found: dict[frozenset[tuple[str, str]], dict[str, Any]] = {}
        for page in pages:
            for metric in page["Metrics"]:
                pairs = frozenset((each["Name"], each["Value"]) for each in metric["Dimensions"])
                found.setdefault(pairs, metric)  # each once, however often it is listed
        return list(found.values())

    def _read(
        self, namespace: str, name: str, dimensions: list[dict[str, str]], since: datetime
    ) -> Series:
        metric = {"Namespace": namespace, "MetricName": name, "Dimensions": dimensions}
        answer = self._client.get_metric_data(
            MetricDataQueries=[
                {
                    "Id": "value",
                    "MetricStat": {"Metric": metric, "Period": PERIOD_S, "Stat": "Maximum"},
                }
            ],
            StartTime=since,
            EndTime=self._clock.now(),
            ScanBy="TimestampAscending",
        )
        (result,) = answer["MetricDataResults"]
        return list(zip(result["Timestamps"], result["Values"], strict=True))


def _summed(many: list[Series]) -> Series:
    """One series of several, minute by minute."""
    totals: dict[datetime, float] = {}
    for series in many:
        for at, value in series:
            totals[at] = totals.get(at, 0.0) + value
    return sorted(totals.items())
