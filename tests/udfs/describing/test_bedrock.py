"""Real boto3 against the local stand-in for Bedrock, in this process."""

import asyncio
import threading
import time
from collections.abc import Iterator
from typing import Any

import pytest
from botocore.exceptions import (
    ConnectTimeoutError,
    EndpointConnectionError,
    NoCredentialsError,
    ReadTimeoutError,
)
from botocore.stub import Stubber

from local.bedrock.faults import Faults
from local.bedrock.server import BedrockServer
from tests.udfs.describing.deals import facts
from udfs.describing.batch import (
    Answer,
    CallFailedError,
    Description,
    NotAllowedError,
    ThrottledError,
    describe_batch,
)
from udfs.describing.bedrock import client_for, converse, read
from udfs.describing.fallback import fallback_text
from udfs.describing.limits import Breaker, Spending
from udfs.describing.prompt import request_for

MODEL = "anthropic.claude-haiku-4-5"
REGION = "us-east-1"
DEADLINE_S = 10.0


@pytest.fixture(autouse=True)
def _credentials(monkeypatch):
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "test")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "test")


@pytest.fixture
def bedrock() -> Iterator[BedrockServer]:
    server = BedrockServer(0)
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    yield server
    server.behaviour.replace(Faults())
    server.shutdown()
    thread.join(DEADLINE_S)
    server.server_close()


def client(server: BedrockServer, budget_s: float = 5.0) -> Any:
    url = f"http://127.0.0.1:{server.server_address[1]}"
    return client_for(REGION, endpoint_url=url, budget_s=budget_s, calls=64)


def calling_threads() -> list[threading.Thread]:
    return [thread for thread in threading.enumerate() if thread.name == "bedrock"]


def wait_until_no_call_is_left() -> None:
    until = time.monotonic() + DEADLINE_S
    while calling_threads():
        assert time.monotonic() < until, "calls outlive their time-out"
        threading.Event().wait(0.01)


def describe(known: list[dict[str, Any]], ask: Any, **options: Any) -> list[Description]:
    options = {"breaker": Breaker(failures=99), "spending": Spending(1.0, 1.0, 5.0)} | options
    return asyncio.run(describe_batch(known, ask=ask, **options))


def deals(count: int) -> list[dict[str, Any]]:
    return [facts(title=f"Sony TV model {n}") for n in range(count)]


def test_a_batch_is_described_through_unmodified_boto3(bedrock):
    described = describe(deals(20), converse(client(bedrock), MODEL), concurrency=8)
    assert [each.status for each in described] == ["ok"] * 20
    assert described[7].text.startswith("Sony TV model 7 is offered at Best Buy for $199.99.")
    assert all(0 < each.cost_usd < 0.01 for each in described)
    assert bedrock.behaviour.summary()["in_flight_max"] <= 8


@pytest.mark.parametrize(
    ("faults", "status"),
    [
        (Faults(throttle_ratio=1.0), "timeout"),
        (Faults(hang=True), "timeout"),
        (Faults(latency_ms=5_000), "timeout"),
        (Faults(refuse="guardrail_intervened"), "refused"),
        (Faults(refuse="content_filtered"), "refused"),
        (Faults(refuse="text"), "fallback"),
        (Faults(garbage="not_json"), "fallback"),
        (Faults(garbage="no_content"), "fallback"),
        (Faults(garbage="nonsense"), "fallback"),
    ],
)
def test_each_fault_of_the_service_has_its_status_and_the_templates_text(bedrock, faults, status):
    bedrock.behaviour.replace(faults)
    (described,) = describe([facts()], converse(client(bedrock, 0.5), MODEL), budget_s=0.5)
    assert described.status == status
    assert described.text == fallback_text(facts())


def test_half_the_calls_throttled_are_all_described_by_retries(bedrock):
    bedrock.behaviour.replace(Faults(throttle_ratio=0.5))
    described = describe(deals(10), converse(client(bedrock), MODEL), budget_s=10)
    assert [each.status for each in described] == ["ok"] * 10


def test_hanging_calls_delay_no_batch_beyond_its_deadline_and_threads_stay_few(bedrock):
    bedrock.behaviour.replace(Faults(hang=True))
    # The client's own time-out is far away: only the deadline of the batch can end the wait.
    ask = converse(client(bedrock, 3.0), MODEL, threads=6)
    for _ in range(4):
        started = time.monotonic()
        described = describe(deals(12), ask, budget_s=0.3, concurrency=4)
        assert time.monotonic() - started < 1.5
        assert {each.status for each in described} <= {"timeout", "fallback"}
        assert len(calling_threads()) <= 6
    wait_until_no_call_is_left()
    bedrock.behaviour.replace(Faults())
    assert describe([facts()], ask)[0].status == "ok"


def test_when_every_thread_hangs_a_call_fails_at_once(bedrock):
    bedrock.behaviour.replace(Faults(hang=True))
    ask = converse(client(bedrock, 2.0), MODEL, threads=1)
    assert describe([facts()], ask, budget_s=0.1)[0].status == "timeout"
    assert describe([facts()], ask, budget_s=0.1)[0].status == "fallback"
    wait_until_no_call_is_left()


def test_an_answer_after_the_deadline_and_the_loop_disturbs_nobody(bedrock):
    bedrock.behaviour.replace(Faults(latency_ms=400))
    ask = converse(client(bedrock), MODEL)
    assert describe([facts()], ask, budget_s=0.1)[0].status == "timeout"
    wait_until_no_call_is_left()


def test_no_service_at_all_is_a_fallback():
    nowhere = client_for(REGION, endpoint_url="http://127.0.0.1:1", budget_s=1, calls=1)
    assert describe([facts()], converse(nowhere, MODEL))[0].status == "fallback"


def test_the_client_does_not_retry_behind_our_back(bedrock):
    bedrock.behaviour.replace(Faults(throttle_ratio=1.0))
    with pytest.raises(ThrottledError):
        asyncio.run(converse(client(bedrock), MODEL)(request_for(facts())))
    assert bedrock.behaviour.summary()["total"] == 1


# ---- what each of boto3's errors means


@pytest.mark.parametrize(
    ("code", "status", "expected"),
    [
        ("ThrottlingException", 429, ThrottledError),
        ("ServiceUnavailableException", 503, ThrottledError),
        ("ModelNotReadyException", 429, ThrottledError),
        ("InternalServerException", 500, ThrottledError),
        ("Unheard", 502, ThrottledError),
        ("ModelTimeoutException", 408, TimeoutError),
        ("AccessDeniedException", 403, NotAllowedError),
        ("ExpiredTokenException", 403, NotAllowedError),
        ("ValidationException", 400, CallFailedError),
        ("ResourceNotFoundException", 404, CallFailedError),
    ],
)
def test_error_codes_of_the_service(code, status, expected):
    nowhere = client_for(REGION, endpoint_url="http://127.0.0.1:1", budget_s=1, calls=1)
    with Stubber(nowhere) as stub:
        stub.add_client_error("converse", code, "no", status)
        with pytest.raises(expected, match=code):
            asyncio.run(converse(nowhere, MODEL)(request_for(facts())))


@pytest.mark.parametrize(
    ("error", "expected"),
    [
        (ReadTimeoutError(endpoint_url="x"), TimeoutError),
        (ConnectTimeoutError(endpoint_url="x"), CallFailedError),
        (EndpointConnectionError(endpoint_url="x"), CallFailedError),
        (NoCredentialsError(), NotAllowedError),
        (ZeroDivisionError(), ZeroDivisionError),
    ],
)
def test_errors_of_the_client(error, expected):
    class Broken:
        def converse(self, **_: Any) -> None:
            raise error

    with pytest.raises(expected):
        asyncio.run(converse(Broken(), MODEL)(request_for(facts())))


@pytest.mark.parametrize(
    "response",
    [
        {},
        {"output": None, "usage": None},
        {"output": {"message": {"content": [{"text": "hi"}]}}},
        {"output": {"message": {"content": [{"toolUse": {"name": "other", "input": {}}}]}}},
        {"output": {"message": {"content": [{"toolUse": {"name": "describe_deal"}}]}}},
        {"output": {"message": {"content": [{"toolUse": {"name": "describe_deal", "input": 5}}]}}},
    ],
)
def test_a_response_without_the_tool_is_an_answer_without_input(response):
    assert read(response).tool_input is None


def test_a_response_is_read():
    use = {"toolUseId": "1", "name": "describe_deal", "input": {"description": "x"}}
    response = {
        "output": {"message": {"role": "assistant", "content": [{"text": "ok"}, {"toolUse": use}]}},
        "stopReason": "tool_use",
        "usage": {"inputTokens": 7, "outputTokens": 3, "totalTokens": 10},
    }
    assert read(response) == Answer({"description": "x"}, "tool_use", 7, 3)
