"""The bytes of a feed, from a file or over HTTP."""

import ssl
import time
from collections.abc import Callable
from dataclasses import dataclass
from email.message import Message
from http.client import HTTPException, HTTPResponse
from pathlib import Path
from urllib.parse import quote, urljoin, urlsplit

from requests.certs import where as bundled_certificates

from scripts.scanner.addresses import AddressRefusedError
from scripts.scanner.exchange import Exchange, ExchangeAbortedError
from scripts.scanner.politeness import HostBlockedError, Politeness, retry_after_s
from scripts.scanner.unpacking import TooLargeError, UnpackingError, unpack

USER_AGENT = "DealFinder/0.1 (feed scanner; RSS/Atom)"
ACCEPT = (
    "application/rss+xml, application/atom+xml, application/xml;q=0.9, text/xml;q=0.9, */*;q=0.1"
)
MAX_BYTES = 5_000_000
MAX_REDIRECTS = 5
_REDIRECTS = {301, 302, 303, 307, 308}
_CHUNK = 16_384


class FetchError(Exception):
    """A feed could not be had.

    Attributes:
        retry_after_s: How long the server wants to be left alone; None = it did not say.
    """

    def __init__(self, message: str, retry_after_s: float | None = None) -> None:
        """Say why."""
        super().__init__(message)
        self.retry_after_s = retry_after_s


@dataclass(frozen=True)
class Validators:
    """What a server gave to ask later whether a document changed."""

    etag: str | None = None
    last_modified: str | None = None


@dataclass(frozen=True)
class Document:
    """A fetched feed.

    Attributes:
        body: None = not modified since the validators that were sent.
        charset: What the transport says of the encoding.
    """

    body: bytes | None
    charset: str | None = None
    validators: Validators = Validators()


@dataclass(frozen=True)
class Limits:
    """Bounds of one fetch, redirects included.

    Attributes:
        connect_s: For a connection to be made.
        read_s: For the next bytes to come.
        total_s: For everything but waiting for the host's turn.
        max_bytes: Of the document, compressed and not.
    """

    connect_s: float = 10.0
    read_s: float = 15.0
    total_s: float = 30.0
    max_bytes: int = MAX_BYTES


def read_file(path: Path, max_bytes: int = MAX_BYTES) -> Document:
    """A feed from a file.

    Raises:
        FetchError: it cannot be read, or is larger than `max_bytes`.
    """
    try:
        with path.open("rb") as file:
            body = file.read(max_bytes + 1)
    except OSError as error:
        raise FetchError(str(error)) from error
    if len(body) > max_bytes:
        message = f"is larger than {max_bytes:,} bytes"
        raise FetchError(message)
    return Document(body)


class Fetcher:
    """Fetches feeds over HTTP; safe to share between threads.

    Environment proxies are not used: a proxy would resolve the names again, unchecked.
    """

    def __init__(
        self,
        politeness: Politeness | None = None,
        limits: Limits | None = None,
        *,
        allow_private: bool = False,
        now_s: Callable[[], float] = time.time,
    ) -> None:
        """Take the rules; `allow_private` lifts the ban on addresses that are not public."""
        self._politeness = politeness or Politeness()
        self._limits = limits or Limits()
        self._allow_private = allow_private
        self._now_s = now_s
        # The machine's certificates, and certifi's for the machines that come without any.
        self._tls = ssl.create_default_context()
        self._tls.load_verify_locations(bundled_certificates())
        self._live: set[Exchange] = set()
        self._is_aborted = False

    def abort(self) -> None:
        """End what is under way, and refuse what comes: the scanner is stopping."""
        self._is_aborted = True
        for exchange in list(self._live):
            exchange.abort("the scanner is stopping")

    def fetch(self, url: str, validators: Validators | None = None) -> Document:
        """A feed from a URL.

        Args:
            url: http or https.
            validators: From the last fetch; None asks for the document in any case.

        Raises:
            FetchError: anything that keeps the document from being had.
        """
        validators = validators or Validators()
        left_s = self._limits.total_s
        for _ in range(MAX_REDIRECTS + 1):
            host, port, path, is_tls = _split(url)
            try:
                with self._politeness.turn(host):
                    began = time.monotonic()
                    exchange = Exchange(
                        host,
                        port,
                        tls=self._tls if is_tls else None,
                        connect_s=min(self._limits.connect_s, left_s),
                        read_s=self._limits.read_s,
                        total_s=left_s,
                        allow_private=self._allow_private,
                    )
                    answer = self._ask(exchange, path, validators)
                    left_s -= time.monotonic() - began
            except HostBlockedError as error:
                raise FetchError(str(error), error.seconds) from error
            if isinstance(answer, Document):
                return answer
            url = _target(url, answer)
            if left_s <= 0:
                message = f"took longer than {self._limits.total_s:g} s"
                raise FetchError(message)
        message = f"more than {MAX_REDIRECTS} redirects"
        raise FetchError(message)

    def _ask(self, exchange: Exchange, path: str, validators: Validators) -> Document | str:
        """The document, or where it has moved to."""
        headers = {"User-Agent": USER_AGENT, "Accept": ACCEPT, "Accept-Encoding": "gzip"}
        if validators.etag:
            headers["If-None-Match"] = validators.etag
        if validators.last_modified:
            headers["If-Modified-Since"] = validators.last_modified
        self._live.add(exchange)
        try:
            if self._is_aborted:
                exchange.abort("the scanner is stopping")
            with exchange:
                return self._read(exchange.request(path, headers), validators, exchange.host)
        except (AddressRefusedError, ExchangeAbortedError, TooLargeError, UnpackingError) as error:
            raise FetchError(str(error)) from error
        except ssl.SSLCertVerificationError as error:
            message = f"certificate of {exchange.host}: {error.verify_message}"
            raise FetchError(message) from error
        # ValueError: http.client refuses control characters in a path or header.
        except (OSError, HTTPException, ValueError) as error:
            message = f"{exchange.host}: {type(error).__name__}: {error}"
            raise FetchError(message) from error
        finally:
            self._live.discard(exchange)

    def _read(self, response: HTTPResponse, validators: Validators, host: str) -> Document | str:
        headers = response.headers
        if response.status == 304:
            return Document(None, validators=validators)
        if response.status in _REDIRECTS:
            if location := headers.get("Location"):
                return str(location)
            message = f"HTTP {response.status} without a Location"
            raise FetchError(message)
        if response.status != 200:
            pause_s = retry_after_s(headers.get("Retry-After"), self._now_s())
            if pause_s is not None and response.status in (429, 503):
                self._politeness.block(host, pause_s)
            else:
                pause_s = None
            message = f"HTTP {response.status} {response.reason}"
            raise FetchError(message, pause_s)
        max_bytes = self._limits.max_bytes
        # read1, for read() would wait for a full chunk from a server that drips.
        chunks = iter(lambda: response.read1(_CHUNK), b"")
        body = unpack(chunks, headers.get("Content-Encoding"), max_bytes)
        if response.length:
            message = f"the answer ends {response.length:,} bytes too early"
            raise FetchError(message)
        return Document(
            body,
            _charset(headers),
            Validators(headers.get("ETag"), headers.get("Last-Modified")),
        )


def _charset(headers: Message) -> str | None:
    charset = headers.get_content_charset()
    return charset if headers.get("Content-Type") else None


def _target(url: str, location: str) -> str:
    """Where a redirect leads to."""
    try:
        return urljoin(url, location)
    except ValueError as error:
        message = f"redirect to {location[:200]!r}: {error}"
        raise FetchError(message) from error


def _split(url: str) -> tuple[str, int, str, bool]:
    """Host, port, path with query, and whether it is https.

    Raises:
        FetchError: the URL is not one to fetch.
    """
    try:
        parts = urlsplit(url)
        host, port = parts.hostname, parts.port
    except ValueError as error:
        message = f"{url[:200]!r}: {error}"
        raise FetchError(message) from error
    if parts.scheme not in ("http", "https") or not host:
        message = f"{url[:200]!r} is no http or https address"
        raise FetchError(message)
    if parts.username is not None:
        message = "addresses with a user name are not fetched"
        raise FetchError(message)
    is_tls = parts.scheme == "https"
    path = quote(parts.path or "/", safe="/%:@!$&'()*+,;=~")
    if parts.query:
        path += "?" + quote(parts.query, safe="/%:@!$&'()*+,;=~?[]")
    return host, port or (443 if is_tls else 80), path, is_tls
