import gzip
import itertools
import zlib

import pytest

from scripts.scanner.unpacking import TooLargeError, UnpackingError, unpack


def pieces(body: bytes, size: int = 7) -> list[bytes]:
    return [body[start : start + size] for start in range(0, len(body), size)]


def test_plain_and_gzipped_bodies_come_out_whole():
    body = bytes(range(256)) * 20
    assert unpack(pieces(body), None, 10_000) == body
    assert unpack(pieces(gzip.compress(body)), "gzip", 10_000) == body
    two = gzip.compress(body[:100]) + gzip.compress(body[100:])
    assert unpack(pieces(two), "x-gzip", 10_000) == body


def test_a_gzip_bomb_stops_at_the_limit():
    bomb = gzip.compress(bytes(50_000_000))
    with pytest.raises(TooLargeError, match="100,000"):
        unpack(pieces(bomb, 16_384), "gzip", 100_000)


def test_an_endless_body_stops_at_the_limit():
    with pytest.raises(TooLargeError):
        unpack(itertools.repeat(b"x" * 1000), None, 100_000)


def test_a_body_of_exactly_the_limit_is_taken():
    assert unpack(pieces(gzip.compress(b"x" * 5000)), "gzip", 5000) == b"x" * 5000


@pytest.mark.parametrize(
    ("body", "encoding"),
    [
        (b"x", "br"),
        (zlib.compress(b"x"), "gzip"),
        (gzip.compress(b"x" * 999)[:-9], "gzip"),
        (b"", "gzip"),
        (b"x", "gzip, gzip"),
    ],
)
def test_what_cannot_be_unpacked_is_an_error(body, encoding):
    with pytest.raises(UnpackingError):
        unpack([body] if body else [], encoding, 1000)
