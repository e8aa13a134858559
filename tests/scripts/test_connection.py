import argparse
import builtins
import subprocess
import sys
import time

import pytest
from aws_msk_iam_sasl_signer import MSKAuthTokenProvider
from confluent_kafka import Consumer, KafkaError
from confluent_kafka.admin import AdminClient

from local.ports import Ports
from local.processes import PidFile, Process, read_identity
from local.stack import Endpoints, Stack
from schemas.registry import RegistryError
from scripts.connection import Connection, ToolError, connection_options, reports_errors


def of(*arguments):
    parser = argparse.ArgumentParser(parents=[connection_options()])
    return Connection.of(parser.parse_args(arguments))


def test_a_named_broker_goes_with_aws_itself():
    connection = of("--bootstrap-servers", "b-1:9098,b-2:9098", "--region", "eu-west-1")
    assert connection == Connection({"bootstrap.servers": "b-1:9098,b-2:9098"}, region="eu-west-1")
    assert connection.aws_endpoint_url is None


def test_a_named_broker_needs_nothing_of_the_local_stack(monkeypatch):
    real = builtins.__import__

    def without_local(name, *rest):
        assert name.partition(".")[0] != "local"
        return real(name, *rest)

    monkeypatch.setattr(builtins, "__import__", without_local)
    assert of("--bootstrap-servers", "b-1:9098").registry_name == "deal-finder"


def test_kafka_properties_are_passed_on():
    kafka = of(
        "--bootstrap-servers=b:1",
        "--kafka-property=ssl.ca.location=/a=b",
        "--kafka-property",
        "x=y",
    ).kafka
    assert kafka == {"bootstrap.servers": "b:1", "ssl.ca.location": "/a=b", "x": "y"}


def test_a_kafka_property_without_value_is_a_usage_error(capsys):
    with pytest.raises(SystemExit, match="2"):
        of("--kafka-property", "ssl")
    assert "'ssl' is not KEY=VALUE" in capsys.readouterr().err


def test_without_a_local_stack_the_user_is_told_how_to_start_one(tmp_path):
    with pytest.raises(ToolError, match="start it with `make up`"):
        of("--home", str(tmp_path))


def test_the_local_stacks_endpoints_make_a_connection():
    endpoints = Endpoints("127.0.0.1:1", "http://o", "http://127.0.0.1:2", "http://b")
    connection = Connection.to(endpoints)
    assert connection.kafka == {"bootstrap.servers": "127.0.0.1:1"}
    assert connection.aws_endpoint_url == "http://127.0.0.1:2"
    assert connection.registry is connection.registry


@pytest.mark.broker
def test_the_running_local_stack_is_the_default(stack, endpoints):
    assert of("--home", str(stack.home)) == Connection.to(endpoints)


def test_an_error_of_the_client_is_told_once(capsys):
    warn = Connection({}).client()["error_cb"]
    for _ in range(3):
        warn(KafkaError(KafkaError._TRANSPORT, "connection refused"))
    warn(KafkaError(KafkaError._ALL_BROKERS_DOWN, "1/1 brokers are down"))
    assert capsys.readouterr().err == (
        "warning: connection refused\nwarning: 1/1 brokers are down\n"
    )


@pytest.mark.parametrize(
    ("error", "code", "message"),
    [
        (ToolError("no such topic"), 1, "error: no such topic\n"),
        (RegistryError("refused"), 1, "error: refused\n"),
        (KeyboardInterrupt(), 130, ""),
    ],
)
def test_known_errors_are_one_line_and_an_exit_code(capsys, error, code, message):
    @reports_errors
    def main():
        raise error

    assert main() == code
    assert capsys.readouterr().err == message


def test_a_bug_keeps_its_traceback():
    @reports_errors
    def main():
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        main()


def test_a_demo_that_runs_is_found_where_no_other_stack_runs(tmp_path, monkeypatch):
    monkeypatch.setattr("local.stack.DEFAULT_HOME", tmp_path / "stack")
    demo = Stack(tmp_path / "demo" / "stack", Ports.free())
    with pytest.raises(ToolError, match="make demo"):
        of()
    with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE) as process:
        PidFile(demo.home / "run" / "kafka.pid").write(
            Process(process.pid, read_identity(process.pid))
        )
        demo.ports.save(demo.home / "run" / "ports.json")
        assert of() == Connection.to(demo.endpoints())
        process.communicate(b"\n")


def test_msk_iam_signs_in_with_tls_and_a_token_of_the_region(monkeypatch):
    asked = []

    def generate(region):
        asked.append(region)
        return "signed-url", (time.time() + 900) * 1000

    monkeypatch.setattr(MSKAuthTokenProvider, "generate_auth_token", generate)
    connection = of("--bootstrap-servers=127.0.0.1:1", "--security=MSK_IAM", "--region=eu-west-1")
    properties = connection.client() | {"log_level": 0, "error_cb": lambda _: None}
    assert properties["security.protocol"] == "SASL_SSL"
    # librdkafka itself asks for the token, and takes it: with a bad one, making a client fails.
    AdminClient(properties)
    Consumer(properties | {"group.id": "x"}).close()
    assert asked == ["eu-west-1", "eu-west-1"]


def test_without_it_nobody_signs_in():
    assert "sasl.mechanism" not in of("--bootstrap-servers=b:1").client()
    with pytest.raises(SystemExit, match="2"):
        of("--security=SCRAM")
