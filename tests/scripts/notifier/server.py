"""A web hook on this machine: takes what apprise's json:// sends, as slow and broken as asked."""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


class Hook:
    """What came in, and how it is answered."""

    def __init__(self) -> None:
        self.port = 0
        self.messages: list[dict[str, Any]] = []
        self.codes: list[int] = []
        """The next answers; 200 when there are none left."""
        self.holds = threading.Event()
        """While it is set, a request is taken and not answered."""
        self.came = threading.Condition()

    @property
    def url(self) -> str:
        return f"json://127.0.0.1:{self.port}/hook/SECRET-TOKEN-1"

    @property
    def titles(self) -> list[str]:
        return [message["title"] for message in self.messages]

    def await_messages(self, count: int, deadline_s: float = 60.0) -> None:
        with self.came:
            done = self.came.wait_for(lambda: len(self.messages) >= count, deadline_s)
        assert done, f"{len(self.messages)} of {count} messages: {self.titles}"


@contextmanager
def serving() -> Iterator[Hook]:
    hook = Hook()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            with hook.came:
                code = hook.codes.pop(0) if hook.codes else 200
                if code == 200:
                    hook.messages.append(json.loads(body))
                    hook.came.notify_all()
            if hook.holds.is_set():
                self.close_connection = True
                hook.released.wait(60)
                return
            self.send_response(code)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_: Any) -> None:
            pass

    hook.released = threading.Event()
    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    hook.port = server.server_port
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    try:
        yield hook
    finally:
        hook.released.set()
        server.shutdown()
        thread.join()
        server.server_close()
