"""One request and its answer, over a connection to a checked address, within a deadline."""

import socket
import ssl
import threading
from collections.abc import Mapping
from http.client import HTTPConnection, HTTPResponse
from types import TracebackType
from typing import Self

from scripts.scanner.addresses import resolve


class ExchangeAbortedError(Exception):
    """The exchange was ended from this side; says why."""


class Exchange:
    """A connection that lives for one request.

    Timeouts of a socket bound each wait, and a server that sends a byte now and then never meets
    them. So a timer cuts the line at the deadline, whatever is being waited for: the handshake, a
    header, a chunk.
    """

    def __init__(
        self,
        host: str,
        port: int,
        *,
        tls: ssl.SSLContext | None,
        connect_s: float,
        read_s: float,
        total_s: float,
        allow_private: bool,
    ) -> None:
        """Take the target and the bounds; `tls` None = plain HTTP."""
        self.host = host
        self._port = port
        self._tls = tls
        self._connect_s = connect_s
        self._read_s = read_s
        self._total_s = total_s
        self._allow_private = allow_private
        self._lock = threading.Lock()
        self._line: socket.socket | None = None
        self._aborted: str | None = None
        self._open: list[HTTPConnection | HTTPResponse] = []
        self._timer = threading.Timer(total_s, self.abort, [f"took longer than {total_s:g} s"])
        self._timer.daemon = True

    def __enter__(self) -> Self:
        """Start the clock."""
        self._timer.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Close; what failed because of the abort is an ExchangeAbortedError."""
        self._timer.cancel()
        for part in reversed(self._open):
            part.close()
        with self._lock:
            if self._line is not None:
                self._line.close()
                self._line = None
        # A line that is cut looks like a server that hung up, even like the end of its answer.
        if self._aborted is not None and (kind is None or issubclass(kind, Exception)):
            raise ExchangeAbortedError(self._aborted) from error

    def abort(self, reason: str) -> None:
        """Cut the line, from any thread."""
        with self._lock:
            self._aborted = self._aborted or reason
            if self._line is not None:
                _shut_down(self._line)

    def request(self, path: str, headers: Mapping[str, str]) -> HTTPResponse:
        """GET a path; the answer's headers are there, its body is not read yet."""
        connection = _CheckedConnection(self)
        self._open.append(connection)
        connection.request("GET", path, headers=dict(headers))
        response = connection.getresponse()
        self._open.append(response)  # it may own the socket now
        return response

    def connect(self) -> socket.socket:
        """A connected socket to one of the host's addresses, all of which were checked.

        Raises:
            AddressRefusedError: one of them is not public.
            OSError: none of them answers.
        """
        failure: OSError | None = None
        for family, address in resolve(self.host, self._port, allow_private=self._allow_private):
            line = socket.socket(family, socket.SOCK_STREAM)
            try:
                self._hold(line)
                line.settimeout(self._connect_s)
                line.connect(address)
                line.settimeout(self._read_s)
                if self._tls is None:
                    return line
                return self._tls.wrap_socket(line, server_hostname=self.host)
            except (OSError, ExchangeAbortedError) as error:
                line.close()
                if isinstance(error, ExchangeAbortedError):
                    raise
                failure = error
        raise failure or OSError("has no address")

    def _hold(self, line: socket.socket) -> None:
        """Keep a handle of the line that survives TLS, which takes the socket itself over."""
        with self._lock:
            if self._line is not None:
                self._line.close()
            self._line = line.dup()
            if self._aborted is not None:
                raise ExchangeAbortedError(self._aborted)

    @property
    def port(self) -> int:
        """TCP port."""
        return self._port

    @property
    def default_port(self) -> int:
        """The port that the Host header leaves out."""
        return 80 if self._tls is None else 443


class _CheckedConnection(HTTPConnection):
    """An HTTP connection whose socket comes from an Exchange."""

    def __init__(self, exchange: Exchange) -> None:
        super().__init__(exchange.host, exchange.port)
        self.default_port = exchange.default_port
        self._exchange = exchange

    def connect(self) -> None:
        """Connect to the checked address."""
        self.sock = self._exchange.connect()


def _shut_down(line: socket.socket) -> None:
    try:
        line.shutdown(socket.SHUT_RDWR)
    except OSError:
        # Not connected yet: closing is all there is; the connect ends by its own timeout.
        line.close()
