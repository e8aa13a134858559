"""The HTTP side of the Bedrock stand-in: one thread a connection, faults between call and answer.

Besides `POST /model/{modelId}/converse` it answers, on the same port: `GET /health`,
`GET /calls` (what was asked and how it ended), `GET /faults`, `PUT /faults` (a JSON object, see
`local.bedrock.faults`; it replaces all faults) and `DELETE /faults`.
"""

import json
import select
import socket
import sys
import threading
import time
from collections import Counter
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import unquote, urlsplit

from local.bedrock import answers
from local.bedrock.faults import FaultError, Faults
from local.ports import LOOPBACK

_LARGEST_BODY_BYTES = 4 * 1024 * 1024
_REFUSAL_TEXT = "I can't help with that request."
_NONSENSE_TEXT = "\ufffd\u0000}{ lorem \u202e 404 <script> NaN"


@dataclass
class Behaviour:
    """The state that all connections share: faults in force, and a count of what happened."""

    faults: Faults = field(default_factory=Faults)
    calls: Counter[str] = field(default_factory=Counter)
    in_flight: int = 0
    in_flight_max: int = 0
    _owed: float = 0.0  # of a throttled answer; whole ones are paid out
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def replace(self, faults: Faults) -> None:
        """Put other faults in force, for calls from now on and those that hang."""
        with self._lock:
            self.faults = faults
            self._owed = 0.0

    def begin(self) -> tuple[Faults, bool]:
        """Count a call in; returns the faults it meets and whether it is throttled."""
        with self._lock:
            self.in_flight += 1
            self.in_flight_max = max(self.in_flight_max, self.in_flight)
            # Not by lot: a ratio of 0.5 is every second call, so that tests can count on it.
            self._owed += self.faults.throttle_ratio
            throttled = self._owed >= 1 - 1e-9
            self._owed -= 1 if throttled else 0
            return self.faults, throttled

    def end(self, outcome: str) -> None:
        """Count a call out; the outcomes are the keys of `GET /calls`."""
        with self._lock:
            self.in_flight -= 1
            self.calls[outcome] += 1

    def summary(self) -> dict[str, Any]:
        """The counters, as `GET /calls` shows them."""
        with self._lock:
            return {
                "total": self.calls.total(),
                "in_flight": self.in_flight,
                "in_flight_max": self.in_flight_max,
                "outcomes": dict(self.calls),
            }


class BedrockServer(ThreadingHTTPServer):
    """Listens on the loopback address; `serve_forever` runs it, `shutdown` ends it."""

    daemon_threads = True
    request_queue_size = 256  # a burst of calls may connect at once

    def __init__(self, port: int) -> None:
        """Bind to `port`, 0 for any free one.

        Raises:
            OSError: the port is taken.
        """
        self.behaviour = Behaviour()
        super().__init__((LOOPBACK, port), _Handler)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that leaves early is what faults are for; anything else is printed."""
        if not isinstance(sys.exception(), ConnectionError | TimeoutError):
            super().handle_error(request, client_address)


class _Handler(BaseHTTPRequestHandler):
    server: BedrockServer
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    wbufsize = -1  # head and body in one packet

    def do_GET(self) -> None:
        path = urlsplit(self.path).path
        if path == "/health":
            self._reply(200, {"status": "ok"})
        elif path == "/calls":
            self._reply(200, self.server.behaviour.summary())
        elif path == "/faults":
            self._reply(200, self.server.behaviour.faults.as_json())
        else:
            self._error(404, "UnknownOperationException", f"no such path: {path}")

    def do_PUT(self) -> None:
        body = self._body()
        if body is None:
            return
        if urlsplit(self.path).path != "/faults":
            self._error(404, "UnknownOperationException", "only /faults can be put")
            return
        try:
            faults = Faults.parse(body)
        except FaultError as error:
            self._error(400, "ValidationException", str(error))
            return
        self.server.behaviour.replace(faults)
        self._reply(200, faults.as_json())

    def do_DELETE(self) -> None:
        if urlsplit(self.path).path != "/faults":
            self._error(404, "UnknownOperationException", "only /faults can be deleted")
            return
        self.server.behaviour.replace(Faults())
        self._reply(200, Faults().as_json())

    def do_POST(self) -> None:
        body = self._body()
        if body is None:
            return
        kind, _, rest = urlsplit(self.path).path.removeprefix("/").partition("/")
        model_id, _, operation = rest.rpartition("/")
        if kind != "model" or operation != "converse":
            self._error(404, "UnknownOperationException", "only Converse is answered here")
            return
        behaviour = self.server.behaviour
        faults, throttled = behaviour.begin()
        outcome = "broken_off"
        try:
            outcome = self._converse(unquote(model_id), body, faults, throttled=throttled)
        finally:
            behaviour.end(outcome)

    def _converse(self, model_id: str, body: bytes, faults: Faults, *, throttled: bool) -> str:
        began_s = time.monotonic()
        try:
            request = answers.check_request(model_id, json.loads(body))
            good = answers.answer(request, round(faults.latency_ms))
        except (ValueError, TypeError, LookupError, AttributeError, RecursionError) as error:
            # Of the wrong shape, or nested without end: the client's mistake.
            self._error(400, "ValidationException", str(error))
            return "invalid"
        if faults.hang:
            self._await_end_of_hang()
            self.close_connection = True
            return "hung"
        time.sleep(max(0.0, faults.latency_ms / 1000 - (time.monotonic() - began_s)))
        if throttled:
            message = "Too many requests, please wait before trying again."
            self._error(429, "ThrottlingException", message)
            return "throttled"
        if faults.garbage == "not_json":
            self._send(200, b'{"output": {"message": <html>')
            return "garbage"
        if faults.garbage is not None:
            content = [] if faults.garbage == "no_content" else [{"text": _NONSENSE_TEXT}]
            self._reply(200, answers.response(request, content, "end_turn", 1))
            return "garbage"
        if faults.refuse is not None:
            reason = "end_turn" if faults.refuse == "text" else faults.refuse
            content = [{"text": _REFUSAL_TEXT}]
            self._reply(200, answers.response(request, content, reason, 1))
            return "refused"
        self._reply(200, good)
        return "answered"

    def _await_end_of_hang(self) -> None:
        """Wait until the client has left or the fault is lifted."""
        while self.server.behaviour.faults.hang:
            readable, _, _ = select.select([self.connection], [], [], 0.05)
            if readable and not self.connection.recv(1, socket.MSG_PEEK):
                return

    def _body(self) -> bytes | None:
        length = self.headers.get("Content-Length", "0")
        if not length.isdecimal() or int(length) > _LARGEST_BODY_BYTES:
            self.close_connection = True
            self._error(413, "ValidationException", "the body is too large")
            return None
        return self.rfile.read(int(length))

    def _error(self, status: int, kind: str, message: str) -> None:
        self._send(status, json.dumps({"message": message}).encode(), kind)

    def _reply(self, status: int, value: object) -> None:
        self._send(status, json.dumps(value).encode())

    def _send(self, status: int, body: bytes, error: str | None = None) -> None:
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        if error is not None:
            self.send_header("x-amzn-ErrorType", error)
        if self.close_connection:
            self.send_header("Connection", "close")
        self.end_headers()
        self.wfile.write(body)
        self.wfile.flush()

    def log_message(self, format: str, *args: object) -> None:
        """Be silent: `GET /calls` counts, and a line for every call helps nobody."""
