"""The example of docs/consumer.py, run as a reader runs it: it imports nothing of ours."""

import os
import subprocess
import sys
from pathlib import Path
from uuid import uuid4

import pytest

from local.ports import Ports
from schemas.topics import create_topics, topic_specs
from scripts.connection import Connection
from tests.schemas.records import example
from tests.scripts.topics import write
from tests.test_architecture import OURS, imports

ROOT = Path(__file__).resolve().parents[2]
EXAMPLE = ROOT / "docs" / "consumer.py"


def test_the_example_is_short_and_needs_nothing_of_ours():
    source = EXAMPLE.read_text("utf-8")
    assert len([line for line in source.splitlines() if line]) <= 20
    assert imports(source) & OURS == set()


def test_readme_shows_how_to_run_it():
    text = (ROOT / "README.md").read_text("utf-8")
    assert (
        f"python docs/consumer.py 127.0.0.1:{Ports().kafka} http://127.0.0.1:{Ports().aws}\n"
        in text
    )


@pytest.mark.broker
def test_the_example_prints_each_alert_once(endpoints, tmp_path):
    connection = Connection.to(endpoints)
    connection.registry.register_all()
    create_topics(connection.client(), topic_specs(1))
    run = uuid4().hex[:8]
    alerts = [
        example("deals.alerts", alert_id=f"{run}-{i}", title=f"{run}-{i}") for i in (1, 2, 1, 3)
    ]
    encode = connection.codec.encode
    values = [
        encode("deals.alerts", alert, compression=compression)
        for alert, compression in zip(alerts, (None, "zlib", None, None), strict=True)
    ]
    write(connection, "deals.alerts", [("default", value, 0) for value in values])
    keys = {"AWS_ACCESS_KEY_ID": "x", "AWS_SECRET_ACCESS_KEY": "x"}
    command = [sys.executable, str(EXAMPLE)]
    command += [endpoints.bootstrap_servers, endpoints.aws_endpoint_url]
    with subprocess.Popen(
        command, cwd=tmp_path, env=os.environ | keys, stdout=subprocess.PIPE, text=True
    ) as process:
        try:
            lines = []
            while f"{run}-3" not in "".join(lines):
                line = process.stdout.readline()
                assert line, f"it ended: {process.wait()}"
                lines.append(line)
        finally:
            process.kill()
    own = [line for line in lines if line.startswith(run)]
    url = "https://kestrel.example/p/kg-27q"
    assert own == [f"{run}-{i} for $149.99: {url}\n" for i in (1, 2, 3)]
