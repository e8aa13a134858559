import gzip
import socket
import ssl
import threading
import time
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer
from ipaddress import ip_address

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from scripts.scanner import addresses
from scripts.scanner.fetching import (
    USER_AGENT,
    Document,
    Fetcher,
    FetchError,
    Limits,
    Validators,
    read_file,
)
from scripts.scanner.politeness import Politeness


def fetcher(*, allow_private: bool = True, **limits) -> Fetcher:
    return Fetcher(Politeness(0.0), Limits(**limits), allow_private=allow_private)


def test_a_feed_comes_with_its_encoding_and_validators(web):
    web.serve(
        "/feed?x=1",
        b"<rss/>",
        Content_Type="text/xml; charset=ISO-8859-1",
        ETag='"v1"',
        Last_Modified="Sun, 26 Jul 2026 22:30:55 GMT",
    )
    validators = Validators('"v1"', "Sun, 26 Jul 2026 22:30:55 GMT")
    assert fetcher().fetch(web.url("/feed?x=1")) == Document(b"<rss/>", "iso-8859-1", validators)
    _, headers = web.requests[0]
    assert headers["User-Agent"] == USER_AGENT
    assert headers["Accept-Encoding"] == "gzip"
    assert "If-None-Match" not in headers


def test_an_unmodified_feed_is_asked_for_with_its_validators_and_has_no_body(web):
    web.serve("/feed", status=304)
    validators = Validators('"v1"', "Sun, 26 Jul 2026 22:30:55 GMT")
    assert fetcher().fetch(web.url(), validators) == Document(None, validators=validators)
    _, headers = web.requests[0]
    assert headers["If-None-Match"] == '"v1"'
    assert headers["If-Modified-Since"] == "Sun, 26 Jul 2026 22:30:55 GMT"


def test_redirects_are_followed_to_the_fifth(web):
    for number in range(5):
        web.serve(f"/{number}", status=301 + number % 2, Location=f"/{number + 1}")
    web.serve("/5", b"there")
    assert fetcher().fetch(web.url("/0")).body == b"there"
    web.serve("/5", status=307, Location="/6")
    with pytest.raises(FetchError, match="more than 5 redirects"):
        fetcher().fetch(web.url("/0"))
    assert all(path != "/6" for path, _ in web.requests)


@pytest.mark.parametrize(
    "target", ["http://127.0.0.2:{port}/secret", "http://[::ffff:7f00:2]:{port}/secret"]
)
def test_a_redirect_to_a_private_address_is_refused_before_connecting(web, monkeypatch, target):
    # Loopback stands for the internet here, but for the one address that the redirect is to.
    monkeypatch.setattr(addresses, "is_public", lambda address: address == "127.0.0.1")
    web.serve("/feed", status=302, Location=target.format(port=web.port))
    web.serve("/secret", b"secret")
    with pytest.raises(FetchError, match="not a public address"):
        fetcher(allow_private=False).fetch(web.url())
    assert [path for path, _ in web.requests] == ["/feed"]


@pytest.mark.parametrize("target", ["file:///etc/passwd", "ftp://example.com/x", "gopher://x", ""])
def test_a_redirect_to_anything_but_http_is_refused(web, target):
    web.serve("/feed", status=302, Location=target)
    with pytest.raises(FetchError, match=r"no http or https address|without a Location"):
        fetcher().fetch(web.url())


@pytest.mark.parametrize(
    "url",
    [
        *("http://127.0.0.1:{port}/feed", "http://localhost:{port}/feed"),
        *("http://2130706433:{port}/feed", "http://0x7f000001:{port}/feed"),
    ],
)
def test_private_addresses_are_refused_however_they_are_written(web, url):
    web.serve("/feed", b"secret")
    with pytest.raises(FetchError, match="not a public address"):
        fetcher(allow_private=False).fetch(url.format(port=web.port))
    assert web.requests == []


@pytest.mark.parametrize(
    "url", ["http://u:p@example.com/", "http:///x", "http://[::1", "http://a:99999999/", "feed"]
)
def test_addresses_that_are_none_are_refused(url):
    with pytest.raises(FetchError):
        fetcher().fetch(url)


def test_the_name_is_resolved_once_and_the_connection_made_to_what_was_checked(web, monkeypatch):
    asked = []
    real = socket.getaddrinfo

    def rebinding(host, port, *args, **named):
        asked.append(host)
        return real("127.0.0.1" if len(asked) == 1 else "127.0.0.2", port, *args, **named)

    monkeypatch.setattr(socket, "getaddrinfo", rebinding)
    monkeypatch.setattr(addresses, "is_public", lambda address: address == "127.0.0.1")
    web.serve("/feed", b"<rss/>")
    url = web.url(host="feeds.example.com")
    assert fetcher(allow_private=False).fetch(url).body == b"<rss/>"
    assert asked == ["feeds.example.com"]
    assert web.requests[0][1]["Host"] == f"feeds.example.com:{web.port}"


def test_a_body_over_the_limit_is_not_read_to_its_end(web):
    web.drip("/feed", b"HTTP/1.1 200 OK\r\n\r\n", b"x" * 10_000)
    with pytest.raises(FetchError, match="larger than 50,000"):
        fetcher(max_bytes=50_000).fetch(web.url())


def test_a_gzip_bomb_does_not_unfold(web):
    web.serve("/feed", gzip.compress(bytes(30_000_000)), Content_Encoding="gzip")
    with pytest.raises(FetchError, match="larger than 50,000"):
        fetcher(max_bytes=50_000).fetch(web.url())


def test_gzipped_and_chunked_answers_are_read(web):
    packed = gzip.compress(b"<rss/>" * 50)
    chunks = b"".join(b"%x\r\n%b\r\n" % (1, packed[n : n + 1]) for n in range(len(packed)))
    head = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nContent-Encoding: gzip\r\n\r\n"
    web.answers["/feed"] = lambda request: request.wfile.write(head + chunks + b"0\r\n\r\n")
    assert fetcher().fetch(web.url()).body == b"<rss/>" * 50


@pytest.mark.parametrize(
    ("head", "drop"),
    [
        (b"HTTP/1.1 200 OK\r\n\r\n", b"x"),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 1000000\r\n\r\n", b"x"),
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", b"0"),
        (b"HTTP/1.1 200 OK\r\nX: ", b"x"),
        (b"", b"H"),
    ],
)
def test_a_server_that_drips_is_cut_off_at_the_deadline(web, head, drop):
    web.drip("/feed", head, drop)
    began = time.monotonic()
    with pytest.raises(FetchError, match=r"took longer than 0\.3 s"):
        fetcher(total_s=0.3).fetch(web.url())
    assert time.monotonic() - began < 5


def test_a_server_that_says_nothing_is_given_up():
    with socket.create_server(("127.0.0.1", 0)) as silent:
        url = f"http://127.0.0.1:{silent.getsockname()[1]}/"
        with pytest.raises(FetchError, match=r"timed out|TimeoutError"):
            fetcher(read_s=0.1).fetch(url)


def test_slow_redirects_share_one_deadline(web):
    def slow(request: BaseHTTPRequestHandler) -> None:
        web.is_over.wait(0.2)
        request.send_response(302)
        request.send_header("Location", "/feed")
        request.end_headers()

    web.answers["/feed"] = slow
    began = time.monotonic()
    with pytest.raises(FetchError, match="took longer"):
        fetcher(total_s=0.5).fetch(web.url())
    assert time.monotonic() - began < 5
    assert len(web.requests) <= 4


def test_stopping_the_scanner_ends_a_fetch_under_way(web):
    fetching = fetcher(total_s=60, read_s=60)
    begun = threading.Event()

    def hang(request: BaseHTTPRequestHandler) -> None:
        begun.set()
        web.is_over.wait(60)

    web.answers["/feed"] = hang
    errors = []

    def fetch() -> None:
        try:
            fetching.fetch(web.url())
        except FetchError as error:
            errors.append(str(error))

    thread = threading.Thread(target=fetch)
    thread.start()
    assert begun.wait(10)
    fetching.abort()
    thread.join(10)
    assert errors == ["the scanner is stopping"]
    with pytest.raises(FetchError, match="stopping"):
        fetching.fetch(web.url())


def test_a_host_that_says_retry_after_is_left_alone(web):
    web.serve("/feed", status=429, Retry_After="120")
    fetching = fetcher()
    with pytest.raises(FetchError, match="429") as caught:
        fetching.fetch(web.url())
    assert caught.value.retry_after_s == 120
    with pytest.raises(FetchError, match="asked for a pause") as caught:
        fetching.fetch(web.url("/other"))
    assert caught.value.retry_after_s == pytest.approx(120, abs=10)
    assert len(web.requests) == 1


@pytest.mark.parametrize("status", [401, 404, 410, 500, 204])
def test_any_other_status_is_an_error_that_names_it(web, status):
    web.serve("/feed", status=status)
    with pytest.raises(FetchError, match=str(status)) as caught:
        fetcher().fetch(web.url())
    assert caught.value.retry_after_s is None


@pytest.mark.parametrize(
    "answer",
    [
        b"",
        b"SSH-2.0-OpenSSH\r\n",
        b"HTTP/1.1 200 OK\r\n" + b"X: y\r\n" * 500,
        b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nshort",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Encoding: br\r\n\r\nxx",
        b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\n\r\nxx",
        b"HTTP/1.1 302 Found\r\n\r\n",
        b"HTTP/1.1 302 Found\r\nLocation: http://[\r\n\r\n",
    ],
)
def test_broken_answers_are_errors_of_this_fetch(web, answer):
    web.answers["/feed"] = lambda request: request.wfile.write(answer)
    with pytest.raises(FetchError):
        fetcher().fetch(web.url())


def test_nobody_there_and_no_such_name_are_errors_of_this_fetch(monkeypatch):
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
    with pytest.raises(FetchError, match="refused"):
        fetcher().fetch(f"http://127.0.0.1:{port}/")

    def unknown(*_, **__):
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    monkeypatch.setattr(socket, "getaddrinfo", unknown)
    with pytest.raises(FetchError, match="not known"):
        fetcher().fetch("http://feeds.example.com/")


def certificate(tmp_path, address: str):
    """A self-signed certificate for an address; paths of certificate and key."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "test")])
    now = datetime.now(UTC)
    names = x509.SubjectAlternativeName([x509.IPAddress(ip_address(address))])
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(names, critical=False)
        .sign(key, hashes.SHA256())
    )
    cert_file, key_file = tmp_path / "cert.pem", tmp_path / "key.pem"
    cert_file.write_bytes(made.public_bytes(serialization.Encoding.PEM))
    key_file.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )
    return cert_file, key_file


@pytest.mark.parametrize("address", ["127.0.0.1", "127.0.0.2"])
def test_https_is_verified_against_the_name_that_was_asked_for(tmp_path, address):
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.end_headers()
            self.wfile.write(b"<rss/>")

        def log_message(self, *_: object) -> None:
            """Quiet."""

    cert_file, key_file = certificate(tmp_path, address)
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    tls.load_cert_chain(cert_file, key_file)

    class Server(HTTPServer):
        def handle_error(self, request, client_address) -> None:
            """A client that refuses the certificate is what this test is about."""

    with Server(("127.0.0.1", 0), Handler) as server:
        server.socket = tls.wrap_socket(server.socket, server_side=True)
        thread = threading.Thread(target=server.serve_forever, args=[0.02])
        thread.start()
        try:
            url = f"https://127.0.0.1:{server.server_port}/feed"
            with pytest.raises(FetchError, match="certificate of 127"):
                fetcher().fetch(url)
            trusting = fetcher()
            trusting._tls.load_verify_locations(cert_file)
            if address == "127.0.0.1":
                assert trusting.fetch(url).body == b"<rss/>"
            else:
                with pytest.raises(FetchError, match="certificate of 127"):
                    trusting.fetch(url)
        finally:
            server.shutdown()
            thread.join(10)


def test_files_are_bounded_too(tmp_path):
    file = tmp_path / "feed.xml"
    file.write_bytes(b"x" * 11)
    assert read_file(file, 11) == Document(b"x" * 11)
    with pytest.raises(FetchError, match="larger than 10 bytes"):
        read_file(file, 10)
    with pytest.raises(FetchError, match="No such file"):
        read_file(tmp_path / "none.xml")
