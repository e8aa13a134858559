"""`python -m scripts.bench_bedrock`: descriptions a second, from a stand-in for Bedrock.

The stand-in, a process of its own on this machine, answers each call after --latency-ms; so many
calls as --in-flight says are made at a time, through boto3 and with every check of the answer. Exit
code 1 under --bar calls a second, or where a description failed.
"""

import argparse
import asyncio
import os
import subprocess
import sys
import time
import urllib.request
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any
from unittest.mock import patch

from local.ports import LOOPBACK, free_port
from udfs.describing.batch import Description, describe_batch
from udfs.describing.bedrock import client_for, converse
from udfs.describing.facts import facts_of
from udfs.describing.limits import Breaker, Spending

MODEL = "anthropic.claude-haiku-4-5"
START_WITHIN_S = 30.0


@contextmanager
def stand_in(latency_ms: float) -> Iterator[str]:
    """Its address, as long as it runs.

    Raises:
        TimeoutError: it did not start.
    """
    url = f"http://{LOOPBACK}:{(port := free_port())}"
    command = [sys.executable, "-m", "local.bedrock", "--port", str(port)]
    with subprocess.Popen(command) as process:  # noqa: S603 -- a command of ours
        try:
            until_s = time.monotonic() + START_WITHIN_S
            body = f'{{"latency_ms": {latency_ms}}}'.encode()
            request = urllib.request.Request(f"{url}/faults", body, method="PUT")  # noqa: S310
            while True:
                try:
                    urllib.request.urlopen(request, timeout=5).close()  # noqa: S310 -- loopback
                    break
                except OSError:
                    if time.monotonic() > until_s or process.poll() is not None:
                        message = "the stand-in for Bedrock did not start"
                        raise TimeoutError(message) from None
                    time.sleep(0.1)
            yield url
        finally:
            process.terminate()


def deal(number: int) -> dict[str, Any]:
    """A deal of its own: equal ones would be described once."""
    return {
        "title": f"Sony TV model {number}",
        "merchant": "Best Buy",
        "price_usd": 199.99,
        "currency": "USD",
        "fair_usd_p50": 300.0,
        "discount_usd": 100.01,
        "discount_ratio": 0.3333,
        "days_observed": 20,
        "reasons": ["33 % under its usual $300"],
    }


def describe(ask: Any, calls: int, in_flight: int, first: int = 0) -> list[Description]:
    """Describe so many deals as one batch."""
    return asyncio.run(
        describe_batch(
            [facts_of(deal(first + number)) for number in range(calls)],
            ask=ask,
            breaker=Breaker(),
            spending=Spending(1_000.0, 1.0, 5.0),
            budget_s=120.0,
            concurrency=in_flight,
            max_calls=calls,
        )
    )


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure; returns the exit code."""
    bench = argparse.ArgumentParser(prog="python -m scripts.bench_bedrock", description=__doc__)
    bench.add_argument("--calls", type=int, default=1_000, metavar="N", help="(%(default)s)")
    bench.add_argument("--in-flight", type=int, default=50, metavar="N", help="(%(default)s)")
    bench.add_argument(
        "--latency-ms", type=float, default=300.0, metavar="MS", help="(%(default)g)"
    )
    bench.add_argument("--bar", type=float, default=120.0, metavar="N", help="(%(default)g)")
    options = bench.parse_args(arguments)
    credentials = {"AWS_ACCESS_KEY_ID": "local", "AWS_SECRET_ACCESS_KEY": "local"}
    with patch.dict(os.environ, credentials), stand_in(options.latency_ms) as url:
        threads = 2 * options.in_flight
        client = client_for("us-east-1", endpoint_url=url, budget_s=60.0, calls=threads)
        ask = converse(client, MODEL, threads=threads)
        describe(ask, options.in_flight, options.in_flight, first=10**6)  # connections are made
        begun_s, begun_cpu_s = time.monotonic(), time.process_time()
        described = describe(ask, options.calls, options.in_flight)
        took_s = time.monotonic() - begun_s
        cpu_ms = (time.process_time() - begun_cpu_s) * 1e3 / options.calls
    statuses = Counter(each.status for each in described)
    rate = options.calls / took_s
    most = options.in_flight / options.latency_ms * 1e3
    print(
        f"{rate:.0f} descriptions a second of {most:.0f} possible, {cpu_ms:.1f} ms of CPU each, "
        f"{dict(statuses)}"
    )
    return int(rate < options.bar or statuses["ok"] < options.calls)


if __name__ == "__main__":
    sys.exit(main())
