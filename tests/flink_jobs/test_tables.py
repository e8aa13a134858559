import json
import re

import pytest

from flink_jobs.config import JobConfig, JobName
from flink_jobs.tables import bind_sink, bind_source
from main import LOCAL_PROPERTIES


class Recorder:
    """Takes the statements instead of a table environment."""

    def __init__(self) -> None:
        self.statements: list[str] = []

    def execute_sql(self, statement: str) -> None:
        self.statements.append(statement)


@pytest.fixture
def bound(tmp_path):
    """Options of a topic's table as source and as sink, for changes of group Kafka."""

    def _bound(**kafka: str) -> tuple[dict[str, str], dict[str, str]]:
        groups = json.loads(LOCAL_PROPERTIES.read_text())
        for group in groups:
            if group["PropertyGroupId"] == "Kafka":
                group["PropertyMap"] |= kafka
        path = tmp_path / "properties.json"
        path.write_text(json.dumps(groups))
        config, recorder = JobConfig.load(path), Recorder()
        bind_source(recorder, "deals.evaluated", JobName.ALERT_DEALS, config)
        bind_sink(recorder, "deals.evaluated", JobName.EVALUATE_DEALS, config)
        source, sink = (dict(re.findall(r"'(.+?)' = '(.+?)'", s)) for s in recorder.statements)
        return source, sink

    return _bound


def test_a_trial_reads_the_real_topics_and_writes_its_own(bound):
    source, sink = bound(**{"output.prefix": "shadow.", "group.prefix": "deal-finder.green"})
    assert source["topic"] == "deals.evaluated"
    assert source["properties.group.id"] == "deal-finder.green.alert_deals"
    assert sink["topic"] == "shadow.deals.evaluated"
    assert sink["value.avro-glue.schema.name"] == "deals.evaluated"


def test_without_a_prefix_both_are_the_topic(bound):
    source, sink = bound()
    assert source["topic"] == sink["topic"] == "deals.evaluated"


def test_a_setting_with_quotes_stays_one_setting():
    hostile = "x:1', 'connector' = 'filesystem"
    recorder = Recorder()
    config = JobConfig.load(LOCAL_PROPERTIES)
    kafka = config.kafka.model_copy(update={"bootstrap_servers": hostile})
    bind_source(
        recorder, "deals.raw", JobName.PARSE_DEALS, config.model_copy(update={"kafka": kafka})
    )
    (statement,) = recorder.statements
    literals = re.findall(r"'((?:[^']|'')*)' = '((?:[^']|'')*)'", statement)
    options = {key: value.replace("''", "'") for key, value in literals}
    assert options["properties.bootstrap.servers"] == hostile
    assert options["connector"] == "kafka"


def test_msk_iam_is_tls_and_a_role_for_every_table(bound):
    for options in bound(security="MSK_IAM"):
        assert options["properties.security.protocol"] == "SASL_SSL"
        assert options["properties.sasl.mechanism"] == "AWS_MSK_IAM"
        assert "IAMLoginModule" in options["properties.sasl.jaas.config"]
    for options in bound():
        assert not [key for key in options if "sasl" in key]
