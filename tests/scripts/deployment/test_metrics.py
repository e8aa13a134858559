import importlib
from datetime import timedelta

import boto3
import pytest
from moto import mock_aws

from flink_jobs.config import JobName
from scripts.deployment.application import Application
from scripts.deployment.metrics import (
    DEAD_LETTERS,
    INPUTS,
    NAMESPACE,
    RESTARTS,
    CloudWatchMetrics,
)
from tests.scripts.deployment.clock import START, FakeClock
from tests.scripts.deployment.conftest import BLUE, OLD_KEY, PROPERTIES
from tests.scripts.deployment.fake_service import FakeService


@pytest.fixture
def application() -> Application:
    service = FakeService(FakeClock())
    service.add(BLUE, OLD_KEY, PROPERTIES)
    return Application.of(
        service.client.describe_application(ApplicationName=BLUE)["ApplicationDetail"]
    )


@pytest.fixture
def cloudwatch(monkeypatch):
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "test")
    with mock_aws():
        yield boto3.client("cloudwatch", region_name="us-east-1")


def put(client, namespace: str, name: str, values: list[float], **dimensions: str) -> None:
    client.put_metric_data(
        Namespace=namespace,
        MetricData=[
            {
                "MetricName": name,
                "Dimensions": [{"Name": key, "Value": each} for key, each in dimensions.items()],
                "Timestamp": START + timedelta(minutes=minute),
                "Value": value,
            }
            for minute, value in enumerate(values)
        ],
    )


def read(client, application, signal, minutes=5):
    clock = FakeClock()
    clock.sleep(minutes * 60)
    metrics = CloudWatchMetrics(client, "deal-finder-dev", clock)
    found = metrics.series(application, signal, START)
    return {label: [value for _, value in series] for label, series in found.items()}


def test_a_metric_of_the_application_is_read_and_not_that_of_a_task(cloudwatch, application):
    put(cloudwatch, NAMESPACE, RESTARTS.name, [0, 1, 3], Application=BLUE)
    put(cloudwatch, NAMESPACE, RESTARTS.name, [9], Application=BLUE, Task="x")
    put(cloudwatch, NAMESPACE, RESTARTS.name, [7], Application="another")
    assert read(cloudwatch, application, RESTARTS) == {"": [0, 1, 3]}


def test_a_counter_of_ours_is_read_by_label_and_summed_over_the_rest(cloudwatch, application):
    name = DEAD_LETTERS.name
    put(cloudwatch, NAMESPACE, name, [1, 2], Application=BLUE, reason="price_missing", job="a")
    put(cloudwatch, NAMESPACE, name, [3, 4], Application=BLUE, reason="price_missing", job="b")
    put(cloudwatch, NAMESPACE, name, [5], Application=BLUE, reason="free")
    assert read(cloudwatch, application, DEAD_LETTERS) == {"price_missing": [4, 6], "free": [5]}


def test_a_metric_without_values_is_empty(cloudwatch, application):
    assert read(cloudwatch, application, RESTARTS) == {}


def test_the_lag_is_that_of_the_jobs_group_on_its_topic(cloudwatch, application):
    dimensions = {
        "Cluster Name": "deal-finder-dev",
        "Consumer Group": "deal-finder.alert_deals",
        "Topic": "deals.evaluated",
    }
    put(cloudwatch, "AWS/Kafka", "EstimatedMaxTimeLag", [30, 20], **dimensions)
    clock = FakeClock()
    clock.sleep(300)
    metrics = CloudWatchMetrics(cloudwatch, "deal-finder-dev", clock)
    assert [value for _, value in metrics.lag_s(application, "alert_deals", START)] == [30, 20]
    assert metrics.lag_s(application, "parse_deals", START) == []


@pytest.mark.parametrize("job", list(JobName))
def test_the_lag_is_looked_up_for_the_topic_that_a_job_reads_first(job):
    assert INPUTS[job] == importlib.import_module(f"flink_jobs.{job}").SOURCES[0]
