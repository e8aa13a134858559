import json
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from moto import mock_aws

from scripts import deploy
from scripts.deployment.artefacts import content_key
from scripts.deployment.reporting import Reporter
from tests.scripts.deployment.clock import FakeClock
from tests.scripts.deployment.fake_metrics import FakeMetrics
from tests.scripts.deployment.fake_service import BUCKET, SESSION, Behaviour, FakeService

BLUE, GREEN = "deal-finder-dev-jobs", "deal-finder-dev-jobs-green"
OLD_KEY = "deal-finder-" + "0" * 64 + ".zip"
PROPERTIES = {
    "kinesis.analytics.flink.run.options": {"python": "main.py"},
    "Jobs": {"run": "parse_deals,evaluate_deals,index_deals,alert_deals"},
    "Kafka": {"bootstrap.servers": "b-1:9098", "group.prefix": "deal-finder"},
    "Search": {"url": "https://search.invalid", "index": "deals"},
    "Bedrock": {"model.id": "m", "region": "us-east-1", "daily.budget.usd": "5"},
}


@dataclass
class World:
    """An account with one running application, and the command that deploys to it."""

    clock: FakeClock
    service: FakeService
    metrics: FakeMetrics
    s3: object
    package: Path
    key: str
    capsys: pytest.CaptureFixture[str]
    output: list[str] = field(default_factory=list)

    def run(self, *arguments: str) -> int:
        """Run the command; what it prints is in `output` and `errors`."""
        if arguments[0] in {"plan", "up"}:
            arguments = (*arguments, "--package", str(self.package))
        clients = deploy.Clients(self.service.client, self.s3, self.metrics, self.clock)
        code = deploy.main(arguments, clients)
        captured = self.capsys.readouterr()
        self.output, self.errors = captured.out, captured.err
        return code

    def json(self, *arguments: str) -> dict:
        """Run the command with --json and read what it says."""
        self.run(*arguments, "--json")
        return json.loads(self.output)

    def key_of_package(self) -> str:
        return content_key(self.package)

    def interrupt_at(self, step: str) -> None:
        """Run `up --blue-green` until a step has begun."""

        say = Reporter.say

        def until(reporter: Reporter, text: str) -> None:
            say(reporter, text)
            if f" {step}:" in text:
                raise KeyboardInterrupt

        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(Reporter, "say", until)
            assert self.run("up", "--blue-green") == 130

    def behaves(self, **changes) -> None:
        """How the new package behaves."""
        self.service.behaviours[self.key] = Behaviour(**changes)

    def status(self, name: str = BLUE) -> str:
        return self.service.applications[name]["ApplicationStatus"]

    def code(self, name: str = BLUE) -> str:
        said = self.service.applications[name]["ApplicationConfigurationDescription"]
        code = said["ApplicationCodeConfigurationDescription"]["CodeContentDescription"]
        return code["S3ApplicationCodeLocationDescription"]["FileKey"]

    def group(self, name: str, group: str) -> dict[str, str]:
        said = self.service.applications[name]["ApplicationConfigurationDescription"]
        groups = said["EnvironmentPropertyDescriptions"]["PropertyGroupDescriptions"]
        return next(one["PropertyMap"] for one in groups if one["PropertyGroupId"] == group)


@pytest.fixture
def world(tmp_path, capsys, monkeypatch):
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "test")
    package = tmp_path / "deal-finder.zip"
    package.write_bytes(b"a package")
    clock = FakeClock()
    service = FakeService(clock)
    service.add(BLUE, OLD_KEY, PROPERTIES)
    clock.sleep(86_400)
    with mock_aws():
        s3 = SESSION.client("s3", region_name="us-east-1")
        s3.create_bucket(Bucket=BUCKET)
        yield World(clock, service, FakeMetrics(service), s3, package, content_key(package), capsys)
