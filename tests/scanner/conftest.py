"""A web server on loopback whose answers a test writes, and builders of feeds."""

import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

Answer = Callable[[BaseHTTPRequestHandler], None]


@dataclass
class WebServer:
    port: int = 0
    answers: dict[str, Answer] = field(default_factory=dict)
    requests: list[tuple[str, dict[str, str]]] = field(default_factory=list)
    # Set at the end of the test: ends answers that would go on for ever.
    is_over: threading.Event = field(default_factory=threading.Event)

    def url(self, path: str = "/feed", host: str = "127.0.0.1") -> str:
        return f"http://{host}:{self.port}{path}"

    def serve(self, path: str, body: bytes = b"", status: int = 200, **headers: str) -> None:
        def answer(request: BaseHTTPRequestHandler) -> None:
            request.send_response(status)
            for name, value in headers.items():
                request.send_header(name.replace("_", "-"), value)
            if "Content_Length" not in headers:
                request.send_header("Content-Length", str(len(body)))
            request.end_headers()
            request.wfile.write(body)

        self.answers[path] = answer

    def drip(self, path: str, head: bytes, drop: bytes) -> None:
        """Answer with `head`, then with a drop now and then, for ever."""

        def answer(request: BaseHTTPRequestHandler) -> None:
            request.wfile.write(head)
            while not self.is_over.wait(0.02):
                request.wfile.write(drop)

        self.answers[path] = answer


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False

    def handle_error(self, request, client_address) -> None:
        """A client that hangs up is what these tests are about."""


@pytest.fixture
def web() -> Iterator[WebServer]:
    server = WebServer()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            server.requests.append((self.path, dict(self.headers)))
            server.answers[self.path](self)

        def log_message(self, *_: object) -> None:
            """Quiet."""

    with _Server(("127.0.0.1", 0), Handler) as http:
        server.port = http.server_address[1]
        thread = threading.Thread(target=http.serve_forever, args=[0.02])
        thread.start()
        yield server
        server.is_over.set()
        http.shutdown()
        thread.join(timeout=10)
