"""The package on a cluster of its own, started as the managed service starts it."""

import json
import os
import uuid
from pathlib import Path

import pytest
from confluent_kafka import Producer

from main import LOCAL_PROPERTIES
from scripts import package
from scripts.bootstrap import bootstrap
from scripts.connection import Connection
from scripts.tail import read_topic
from tests.application import raw_deal
from tests.scripts import cluster
from tests.scripts.wheels import install_from_here

ROOT = Path(__file__).resolve().parents[2]
# As terraform/modules/flink gives them to the service.
RUN_OPTIONS = {"python": "main.py", "jarfile": package.JAR_IN_ZIP, "pyFiles": "dep/"}
SERVICE_GROUP = "kinesis.analytics.flink.run.options"


@pytest.fixture
def zip_of_this_environment(tmp_path, monkeypatch) -> Path:
    """The package with the wheels that are installed here: the same, without network."""

    monkeypatch.setattr(package, "install", install_from_here)
    output = tmp_path / "deal-finder.zip"
    package.package(output)
    return output


def properties(endpoints, folder: Path, group_prefix: str) -> Path:
    """The service's property file: all groups but LocalFlink, and the service's own."""
    groups = {
        entry["PropertyGroupId"]: dict(entry["PropertyMap"])
        for entry in json.loads(LOCAL_PROPERTIES.read_text("utf-8"))
        if entry["PropertyGroupId"] != "LocalFlink"
    }
    changes = {
        "Kafka": {"bootstrap.servers": endpoints.bootstrap_servers, "group.prefix": group_prefix},
        "Registry": {"endpoint.url": endpoints.aws_endpoint_url},
        "Search": {"url": endpoints.opensearch_url, "index": group_prefix},
        "Bedrock": {"endpoint.url": endpoints.bedrock_endpoint_url},
    }
    for group, keys in changes.items():
        groups[group] |= keys
    groups[SERVICE_GROUP] = RUN_OPTIONS
    path = folder / "application_properties.json"
    listed = [{"PropertyGroupId": name, "PropertyMap": keys} for name, keys in groups.items()]
    path.write_text(json.dumps(listed), "utf-8")
    return path


def send(connection: Connection, title: str) -> None:
    """Two offers of a product, a day apart."""
    producer = Producer(connection.client())
    for day, price in ((0.0, 100), (1.1, 40)):
        deal = raw_deal(title=f"{title} ${price}", item_id=f"{title}{day}", day=day)
        producer.produce("deals.raw", connection.codec.encode("deals.raw", deal), key=title)
    assert producer.flush(30) == 0


@pytest.mark.broker
@pytest.mark.flink
@pytest.mark.skipif(
    not cluster.is_python_of_service(), reason=f"the wheels are for Python {package.PYTHON}"
)
def test_the_package_runs_on_a_standalone_cluster(zip_of_this_environment, endpoints, tmp_path):
    connection = Connection.to(endpoints)
    bootstrap(connection, partitions=1, tell=lambda _: None)
    name = f"cluster{uuid.uuid4().hex[:8]}"
    unpacked = cluster.unpack(zip_of_this_environment, tmp_path / "app")
    environ = {
        "DEAL_FINDER_PROPERTIES": str(properties(endpoints, tmp_path, name)),
        "AWS_ACCESS_KEY_ID": "local",
        "AWS_SECRET_ACCESS_KEY": "local",
        "AWS_REGION": "us-east-1",
    } | {key: os.environ[key] for key in ("JAVA_HOME",) if key in os.environ}
    python = cluster.service_python(tmp_path)
    with cluster.cluster(tmp_path / "flink", python, environ) as flink:
        flink.run(
            [
                *("--detached", "--python", str(unpacked / RUN_OPTIONS["python"])),
                *("--jarfile", str(unpacked / RUN_OPTIONS["jarfile"])),
                *("--pyFiles", str(unpacked / RUN_OPTIONS["pyFiles"])),
            ]
        )
        flink.await_(
            "/jobs/overview",
            lambda said: (
                said["jobs"]
                and said["jobs"][0]["tasks"]["running"] == said["jobs"][0]["tasks"]["total"]
            ),
            300,
        )
        send(connection, name)

        def evaluated() -> list[dict]:
            records = read_topic(connection, "deals.evaluated", from_beginning=True, until_end=True)
            return [one.value for one in records if one.value and name in one.value["title"]]

        # What came out passed parser, state function, model and Avro: all of the package.
        found = flink.await_value(evaluated, lambda deals: len(deals) >= 2, 300)
        assert [deal["price_usd"] for deal in found] == [100, 40]
        assert found[1]["previous_price"] == 100
        assert found[0]["model_version"]
        (job,) = flink.get("/jobs/overview")["jobs"]
        assert flink.get(f"/jobs/{job['jid']}/exceptions")["exceptionHistory"]["entries"] == []
