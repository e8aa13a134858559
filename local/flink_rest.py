"""Flink's REST API on this machine."""

import json
import urllib.request
from typing import Any


def ask(url: str, body: Any = None, timeout_s: float = 10.0) -> Any:
    """The answer to a GET, or to a POST of `body` as JSON.

    Raises:
        OSError: nobody answers, or with an error.
        ValueError: the answer is no JSON.
    """
    data = None if body is None else json.dumps(body).encode()
    request = urllib.request.Request(url, data, {"Content-Type": "application/json"})  # noqa: S310 -- loopback
    with urllib.request.urlopen(request, timeout=timeout_s) as answer:  # noqa: S310 -- loopback
        return json.load(answer)
