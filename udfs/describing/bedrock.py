"""Calls to Bedrock's Converse: boto3 blocks, so each call has a thread, and threads are few."""

import asyncio
import threading
from collections.abc import Awaitable, Callable, Mapping
from concurrent.futures import Future
from typing import Any

import boto3
from botocore.config import Config
from botocore.exceptions import (
    BotoCoreError,
    ClientError,
    NoCredentialsError,
    PartialCredentialsError,
    ReadTimeoutError,
)
from botocore.parsers import ResponseParserError

from udfs.describing.batch import Answer, CallFailedError, NotAllowedError, ThrottledError
from udfs.describing.prompt import TOOL

CONNECT_WITHIN_S = 2.0
# The codes of Converse's errors, by what to do about them (Bedrock Runtime API reference).
BUSY = (
    "ThrottlingException",
    "ServiceUnavailableException",
    "ModelNotReadyException",
    "InternalServerException",
)
NOT_ALLOWED = ("AccessDeniedException", "UnrecognizedClientException", "ExpiredTokenException")
TIMED_OUT = ("ModelTimeoutException",)


def client_for(region: str, *, endpoint_url: str | None, budget_s: float, calls: int) -> Any:
    """Make a Bedrock Runtime client that gives up within the deadline and tries once.

    Args:
        region: AWS region.
        endpoint_url: Only for a stand-in.
        budget_s: The deadline of a batch; bounds connecting and each read.
        calls: Connections kept, at least `threads` of `converse`.
    """
    return boto3.client(
        "bedrock-runtime",
        region_name=region,
        endpoint_url=endpoint_url,
        config=Config(
            connect_timeout=min(CONNECT_WITHIN_S, budget_s),
            read_timeout=budget_s,
            retries={"total_max_attempts": 1},  # describe_batch repeats, inside its deadline
            max_pool_connections=calls,
            parameter_validation=False,  # the request has one form, and its tests; 5 % of a call
        ),
    )


def converse(
    client: Any, model_id: str, *, threads: int = 32
) -> Callable[[dict[str, Any]], Awaitable[Answer]]:
    """Make the `ask` of describe_batch.

    A call that is cancelled at its deadline keeps its thread until the client's own time-out. So
    at most `threads` ever exist, hanging ones included; when all are taken, a call fails at once.
    They are daemons: none keeps the process from ending.

    Args:
        client: From client_for; boto3 clients may be used from many threads.
        model_id: Model or inference profile.
        threads: Twice the concurrency leaves room while the hanging calls of a batch time out.
    """
    slots = threading.BoundedSemaphore(threads)

    async def ask(request: dict[str, Any]) -> Answer:
        if not slots.acquire(blocking=False):
            message = f"{threads} calls hang"
            raise CallFailedError(message)
        future: Future[Answer] = Future()
        # Running from the start: a cancelled wait must not cancel what the thread will set.
        future.set_running_or_notify_cancel()

        def work() -> None:
            try:
                future.set_result(_call(client, model_id, request))
            except BaseException as error:  # whatever it is belongs to the one who waits
                future.set_exception(error)
            finally:
                slots.release()

        threading.Thread(target=work, name="bedrock", daemon=True).start()
        return await asyncio.wrap_future(future)

    return ask


def _call(client: Any, model_id: str, request: Mapping[str, Any]) -> Answer:
    try:
        response = client.converse(modelId=model_id, **request)
    except ClientError as error:
        code = error.response.get("Error", {}).get("Code", "")
        status = error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0)
        if code in TIMED_OUT:
            raise TimeoutError(code) from error
        if code in NOT_ALLOWED:
            raise NotAllowedError(code) from error
        if code in BUSY or status in (429, 502, 503, 504):
            raise ThrottledError(code) from error
        raise CallFailedError(code) from error
    except (NoCredentialsError, PartialCredentialsError) as error:
        raise NotAllowedError(str(error)) from error
    except ReadTimeoutError as error:
        raise TimeoutError(str(error)) from error
    except (BotoCoreError, ResponseParserError) as error:  # no connection, or no readable body
        raise CallFailedError(type(error).__name__) from error
    return read(response)


def read(response: Mapping[str, Any]) -> Answer:
    """Take out of a Converse response what is needed; a missing part is no answer, not an error."""
    usage = response.get("usage") or {}
    message = (response.get("output") or {}).get("message") or {}
    uses = [block["toolUse"] for block in message.get("content") or () if "toolUse" in block]
    inputs = [use.get("input") for use in uses if use.get("name") == TOOL]
    return Answer(
        tool_input=inputs[0] if inputs and isinstance(inputs[0], Mapping) else None,
        stop_reason=str(response.get("stopReason")),
        input_tokens=int(usage.get("inputTokens") or 0),
        output_tokens=int(usage.get("outputTokens") or 0),
    )
