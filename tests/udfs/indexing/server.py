"""A search cluster of one loopback HTTP server: it answers as told, then as OpenSearch would."""

import json
import socket
import threading
from collections import deque
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

# What a bulk item can be told to answer: (status, type of the error).
Item = tuple[int, str]


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class Cluster:
    """Keeps documents by id with external_gte versions.

    Attributes:
        requests: Answers to the next requests as a whole: a status, or None to hang up.
        poison: A document id for which a whole bulk is refused, as for an impossible one.
        items: For a document id, answers to its next attempts.
        bulks: Ids of each bulk that was answered item by item.
    """

    def __init__(self, port: int = 0, max_bytes: int = 10_485_760) -> None:
        self.requests: deque[int | None] = deque()
        self.poison: str | None = None
        self.items: dict[str, deque[Item]] = {}
        self.bulks: list[list[str]] = []
        self.stored: dict[str, tuple[int, dict[str, Any]]] = {}
        self.paths: list[str] = []
        self.headers: list[dict[str, str]] = []
        self.max_bytes = max_bytes
        self._server = ThreadingHTTPServer(("127.0.0.1", port), _handler(self))
        self._server.daemon_threads = True
        threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True).start()
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}"

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()

    def answer(self, body: bytes) -> tuple[int, dict[str, Any]] | None:
        if self.requests:
            status = self.requests.popleft()
            return None if status is None else (status, {"error": "told_so", "status": status})
        if len(body) > self.max_bytes:
            return 413, {"error": "too_large", "status": 413}
        lines = [json.loads(line) for line in body.splitlines()]
        pairs = list(zip(lines[::2], lines[1::2], strict=True))
        if self.poison in [action["index"]["_id"] for action, _ in pairs]:
            kind = "action_request_validation_exception"
            cause = {"type": kind, "reason": "impossible id"}
            return 400, {"error": cause | {"root_cause": [cause]}, "status": 400}
        self.bulks.append([action["index"]["_id"] for action, _ in pairs])
        items = [{"index": self._index(action["index"], document)} for action, document in pairs]
        return 200, {"errors": any("error" in i["index"] for i in items), "items": items}

    def _index(self, action: dict[str, Any], document: dict[str, Any]) -> dict[str, Any]:
        assert action["version_type"] == "external_gte"
        told = self.items.get(action["_id"])
        if told:
            status, kind = told.popleft()
            return {"status": status, "error": {"type": kind, "reason": f"reason of {kind}"}}
        version = action["version"]
        if action["_id"] in self.stored and self.stored[action["_id"]][0] > version:
            kind = "version_conflict_engine_exception"
            return {"status": 409, "error": {"type": kind, "reason": "older"}}
        self.stored[action["_id"]] = (version, document)
        return {"status": 201}


def _handler(cluster: Cluster) -> Callable[..., BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            cluster.paths.append(self.path)
            cluster.headers.append(dict(self.headers))
            answer = cluster.answer(body)
            if answer is None:
                self.close_connection = True
                return
            status, content = answer
            data = json.dumps(content).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)

        def log_message(self, format: str, *args: Any) -> None:
            """Keep quiet."""

    return Handler
