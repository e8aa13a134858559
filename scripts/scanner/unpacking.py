"""A document from the chunks of an answer, never larger than allowed."""

import zlib
from collections.abc import Iterable, Iterator

_GZIP = zlib.MAX_WBITS | 16


class TooLargeError(Exception):
    """The document is larger than the limit."""


class UnpackingError(Exception):
    """The document's encoding is not known, or its bytes are not what it says."""


def unpack(chunks: Iterable[bytes], encoding: str | None, max_bytes: int) -> bytes:
    """The whole document, at most `max_bytes` long before and after decompression.

    Args:
        chunks: As they come from the network.
        encoding: Content-Encoding; None, identity and gzip are read.
        max_bytes: Reading stops there; a bomb never unfolds.

    Raises:
        TooLargeError: it is larger.
        UnpackingError: another encoding, or broken gzip.
    """
    encoding = (encoding or "identity").strip().lower()
    bounded = _bounded(chunks, max_bytes)
    if encoding == "identity":
        return b"".join(bounded)
    if encoding not in ("gzip", "x-gzip"):
        message = f"content encoding {encoding[:50]!r} was not asked for"
        raise UnpackingError(message)
    return _gunzip(bounded, max_bytes)


def _gunzip(chunks: Iterable[bytes], max_bytes: int) -> bytes:
    unzip = zlib.decompressobj(_GZIP)
    body = bytearray()
    for chunk in chunks:
        rest = chunk
        while rest:
            if unzip.eof:  # gzip files may follow one another
                unzip = zlib.decompressobj(_GZIP)
            try:
                body += unzip.decompress(rest, max_bytes + 1 - len(body))
            except zlib.error as error:
                message = f"broken gzip: {error}"
                raise UnpackingError(message) from error
            if len(body) > max_bytes:
                raise _too_large(max_bytes)
            rest = unzip.unused_data if unzip.eof else unzip.unconsumed_tail
    if not unzip.eof:
        message = "broken gzip: it ends too early"
        raise UnpackingError(message)
    return bytes(body)


def _bounded(chunks: Iterable[bytes], max_bytes: int) -> Iterator[bytes]:
    total = 0
    for chunk in chunks:
        total += len(chunk)
        if total > max_bytes:
            raise _too_large(max_bytes)
        yield chunk


def _too_large(max_bytes: int) -> TooLargeError:
    return TooLargeError(f"is larger than {max_bytes:,} bytes")
