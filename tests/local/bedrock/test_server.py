import http.client
import json
import threading
import time
from concurrent.futures import ThreadPoolExecutor

import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError, ReadTimeoutError

from local.bedrock.server import BedrockServer

MODEL = "us.anthropic.claude-3-5-haiku-20241022-v1:0"
MESSAGES = [{"role": "user", "content": [{"text": '{"title": "Desk", "price_usd": 60}'}]}]
CREDENTIALS = {
    "region_name": "us-east-1",
    "aws_access_key_id": "local",
    "aws_secret_access_key": "local",
}


@pytest.fixture
def server():
    with BedrockServer(0) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.02,))
        thread.start()
        yield server
        server.shutdown()
        thread.join()


@pytest.fixture
def bedrock(server):
    """Unmodified boto3, one attempt a call, 1 s of patience."""
    client = boto3.client(
        "bedrock-runtime",
        endpoint_url=f"http://127.0.0.1:{server.server_port}",
        config=Config(
            retries={"total_max_attempts": 1}, read_timeout=1, max_pool_connections=50, proxies={}
        ),
        **CREDENTIALS,
    )
    yield client
    client.close()


@pytest.fixture
def ask(server):
    """A plain request to the control paths: method, path, body -> status, decoded body."""

    def send(method, path, body=None):
        connection = http.client.HTTPConnection("127.0.0.1", server.server_port, timeout=20)
        try:
            connection.request(method, path, body=body)
            response = connection.getresponse()
            return response.status, json.loads(response.read())
        finally:
            connection.close()

    return send


@pytest.fixture
def faults(ask):
    def put(**faults):
        status, answer = ask("PUT", "/faults", json.dumps(faults))
        assert status == 200, answer

    return put


def text_of(response):
    return response["output"]["message"]["content"][0]["text"]


def test_boto3_gets_a_description(bedrock):
    response = bedrock.converse(
        modelId=MODEL,
        messages=MESSAGES,
        system=[{"text": "Two factual sentences."}],
        inferenceConfig={"maxTokens": 200, "temperature": 0.0},
    )
    assert text_of(response).startswith("Desk is offered for $60.00.")
    assert response["stopReason"] == "end_turn"
    assert response["usage"]["totalTokens"] > 0


def test_boto3_gets_a_forced_tool_use(bedrock):
    schema = {"type": "object", "properties": {"description": {"type": "string"}}}
    response = bedrock.converse(
        modelId=MODEL,
        messages=MESSAGES,
        toolConfig={
            "tools": [{"toolSpec": {"name": "write", "inputSchema": {"json": schema}}}],
            "toolChoice": {"tool": {"name": "write"}},
        },
    )
    use = response["output"]["message"]["content"][0]["toolUse"]
    assert use["input"]["description"].startswith("Desk is offered for $60.00.")


def test_an_unknown_model_is_a_validation_error(bedrock):
    with pytest.raises(bedrock.exceptions.ValidationException, match="identifier is invalid"):
        bedrock.converse(modelId="meta.llama3-8b-instruct-v1:0", messages=MESSAGES)


def test_an_arn_is_a_model_id(bedrock):
    arn = f"arn:aws:bedrock:us-east-1:123456789012:inference-profile/{MODEL}"
    assert bedrock.converse(modelId=arn, messages=MESSAGES)["stopReason"] == "end_turn"


def test_latency_is_added(bedrock, faults):
    faults(latency_ms=200)
    began_s = time.monotonic()
    response = bedrock.converse(modelId=MODEL, messages=MESSAGES)
    assert time.monotonic() - began_s >= 0.2
    assert response["metrics"]["latencyMs"] == 200


def test_calls_are_answered_side_by_side(bedrock, faults, ask):
    faults(latency_ms=300)
    began_s = time.monotonic()
    with ThreadPoolExecutor(20) as pool:
        calls = [pool.submit(bedrock.converse, modelId=MODEL, messages=MESSAGES) for _ in range(20)]
        assert all(text_of(call.result()) for call in calls)
    assert time.monotonic() - began_s < 20 * 0.3
    assert ask("GET", "/calls")[1]["in_flight_max"] > 5


def test_every_second_call_is_throttled_at_a_ratio_of_a_half(bedrock, faults):
    faults(throttle_ratio=0.5)

    def call():
        try:
            return bedrock.converse(modelId=MODEL, messages=MESSAGES)["stopReason"]
        except bedrock.exceptions.ThrottlingException as error:
            return error.response["ResponseMetadata"]["HTTPStatusCode"]

    assert [call() for _ in range(4)] == ["end_turn", 429, "end_turn", 429]


def test_every_call_is_throttled_at_a_ratio_of_one(bedrock, faults, ask):
    faults(throttle_ratio=1)
    for _ in range(3):
        with pytest.raises(ClientError, match="ThrottlingException"):
            bedrock.converse(modelId=MODEL, messages=MESSAGES)
    assert ask("GET", "/calls")[1]["outcomes"] == {"throttled": 3}


@pytest.mark.parametrize(
    ("refuse", "reason"),
    [
        (True, "content_filtered"),
        ("guardrail_intervened", "guardrail_intervened"),
        ("text", "end_turn"),
    ],
)
def test_the_model_can_refuse(bedrock, faults, refuse, reason):
    faults(refuse=refuse)
    response = bedrock.converse(modelId=MODEL, messages=MESSAGES)
    assert response["stopReason"] == reason
    assert "can't help" in text_of(response)


def test_garbage_can_be_no_json(bedrock, faults):
    faults(garbage=True)
    # botocore does not raise on a body it cannot parse: the answer is just not there.
    assert "output" not in bedrock.converse(modelId=MODEL, messages=MESSAGES)


def test_garbage_can_be_an_answer_without_content(bedrock, faults):
    faults(garbage="no_content")
    response = bedrock.converse(modelId=MODEL, messages=MESSAGES)
    assert response["output"]["message"]["content"] == []


def test_garbage_can_be_nonsense(bedrock, faults):
    faults(garbage="nonsense")
    assert "Desk" not in text_of(bedrock.converse(modelId=MODEL, messages=MESSAGES))


def test_a_call_that_hangs_is_given_up_by_the_client_alone(bedrock, faults, ask):
    faults(hang=True)
    with pytest.raises(ReadTimeoutError):
        bedrock.converse(modelId=MODEL, messages=MESSAGES)
    deadline_s = time.monotonic() + 20
    while ask("GET", "/calls")[1]["in_flight"]:  # its thread ends when the client has left
        assert time.monotonic() < deadline_s


def test_a_lifted_fault_is_gone_for_the_next_call(bedrock, faults, ask):
    faults(refuse=True)
    assert ask("GET", "/faults")[1]["refuse"] == "content_filtered"
    assert ask("DELETE", "/faults")[0] == 200
    assert bedrock.converse(modelId=MODEL, messages=MESSAGES)["stopReason"] == "end_turn"


def test_a_wrong_fault_changes_nothing_and_is_told_why(ask):
    status, answer = ask("PUT", "/faults", '{"slow": 1}')
    assert status == 400
    assert "unknown fault slow" in answer["message"]
    assert ask("GET", "/faults")[1]["latency_ms"] == 0


@pytest.mark.parametrize("body", ["", "{", "[]", '"x"', "[" * 100_000, '{"messages": {}}'])
def test_a_malformed_call_is_a_validation_error(ask, body):
    assert ask("POST", f"/model/{MODEL}/converse", body)[0] == 400


@pytest.mark.parametrize(
    ("method", "path"),
    [("GET", "/nothing"), ("POST", f"/model/{MODEL}/invoke"), ("PUT", "/x"), ("DELETE", "/x")],
)
def test_other_paths_are_not_found(ask, method, path):
    assert ask(method, path)[0] == 404


def test_a_body_beyond_the_limit_is_refused(server):
    connection = http.client.HTTPConnection("127.0.0.1", server.server_port, timeout=20)
    try:
        connection.putrequest("POST", f"/model/{MODEL}/converse")
        connection.putheader("Content-Length", str(2**40))
        connection.endheaders()
        assert connection.getresponse().status == 413
    finally:
        connection.close()
