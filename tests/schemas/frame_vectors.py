"""Makes frames.json, the frames that the Python codec and the Java format must judge alike.

`REGENERATE=1 pytest tests/schemas/test_frames.py` rewrites the file. A reader of it that cannot
choose the schema version id replaces those 16 bytes in the frames.
"""

import zlib
from typing import Any
from uuid import UUID

from schemas.codec import shipped
from schemas.frames import frame
from tests.schemas.records import example

TOPIC = "deals.raw"
KNOWN = UUID("0f1e2d3c-4b5a-4978-8a69-7b6c5d4e3f21")
UNKNOWN = UUID("deadbeef-dead-4eef-8ead-beefdeadbeef")


def varint(number: int) -> bytes:
    """A long as Avro writes it."""
    rest = (number << 1) ^ (number >> 63)
    encoded = bytearray()
    while rest > 0x7F:
        encoded.append(rest & 0x7F | 0x80)
        rest >>= 7
    encoded.append(rest)
    return bytes(encoded)


def text(value: str) -> bytes:
    return varint(len(value.encode())) + value.encode()


def vectors() -> list[dict[str, Any]]:
    body = shipped(TOPIC).write(example(TOPIC))
    good, packed = frame(KNOWN, body), frame(KNOWN, body, compression="zlib")
    # The fields before extras: source, feed_url, item_id, fetched_at, published_at (null), ...
    texts = text("s") + text("f") + text("i") + varint(0)
    head = texts + varint(0) + text("t") + text("l") + text("h")
    bomb = zlib.compress(bytes(32 * 1024 * 1024), 9)
    rows: list[tuple[str, bytes | None, str | None]] = [
        ("plain", good, None),
        ("zlib", packed, None),
        ("empty extras", frame(KNOWN, head + varint(0)), None),
        (
            "map block with its size in bytes",
            frame(KNOWN, head + varint(-1) + varint(4) + text("k") + text("v") + varint(0)),
            None,
        ),
        (
            "two map blocks",
            frame(KNOWN, head + 2 * (varint(1) + text("k") + text("v")) + varint(0)),
            None,
        ),
        (
            "text of four-byte letters",
            frame(KNOWN, text("\U0001f525" * 50) + body[len(text("slickdeals")) :]),
            None,
        ),
        (
            "a time at the end of 64 bits",
            frame(KNOWN, texts[:-1] + varint((1 << 63) - 1) + head[len(texts) :] + varint(0)),
            None,
        ),
        ("no value", None, "empty_record"),
        ("no bytes", b"", "empty_record"),
        ("one byte", good[:1], "truncated_frame"),
        ("header cut", good[:17], "truncated_frame"),
        ("header version 0", b"\x00" + good[1:], "bad_header_version"),
        ("a JSON text", b'{"source": "slickdeals", "title": "x"}', "bad_header_version"),
        ("compression 1", good[:1] + b"\x01" + good[2:], "bad_compression"),
        ("compression 255", good[:1] + b"\xff" + good[2:], "bad_compression"),
        ("unknown id", frame(UNKNOWN, body), "unknown_schema_version"),
        ("unknown id, zlib", frame(UNKNOWN, body, compression="zlib"), "unknown_schema_version"),
        ("zlib without bytes", packed[:18], "corrupt_zlib"),
        ("zlib of noise", packed[:18] + b"\x00\x01\x02\x03\x04\x05", "corrupt_zlib"),
        ("zlib cut", packed[:-8], "corrupt_zlib"),
        ("zlib bit flipped", packed[:-1] + bytes((packed[-1] ^ 1,)), "corrupt_zlib"),
        ("zlib of 32 MiB zeros", packed[:18] + bomb, "zlib_bomb"),
        ("string of 2^40 bytes", frame(KNOWN, varint(1 << 40) + b"x"), "absurd_length"),
        ("string of -1 bytes", frame(KNOWN, varint(-1) + b"x"), "absurd_length"),
        ("map of 2^40 entries", frame(KNOWN, head + varint(1 << 40)), "absurd_length"),
        (
            "zlib, string of 2^40 bytes",
            frame(KNOWN, varint(1 << 40), compression="zlib"),
            "absurd_length",
        ),
        ("no body", good[:18], "truncated_avro"),
        ("body cut by one byte", good[:-1], "truncated_avro"),
        ("body cut in a string", good[:25], "truncated_avro"),
        ("body cut in a number", frame(KNOWN, texts[:-1] + b"\x80"), "truncated_avro"),
        ("one byte more", good + b"\x00", "trailing_bytes"),
        ("a body twice", frame(KNOWN, body + body), "trailing_bytes"),
        (
            "zlib, one byte more inside",
            frame(KNOWN, body + b"\x00", compression="zlib"),
            "trailing_bytes",
        ),
        ("zlib, one byte more behind", packed + b"\x00", "trailing_bytes"),
        ("union branch 2 of 2", frame(KNOWN, texts + varint(2)), "malformed_avro"),
        ("union branch -1", frame(KNOWN, texts + varint(-1)), "malformed_avro"),
        ("map of more entries than bytes", frame(KNOWN, head + varint(1000)), "truncated_avro"),
        (
            "map block of 2^40 bytes",
            frame(KNOWN, head + varint(-1) + varint(1 << 40) + text("k") + text("v") + varint(0)),
            "absurd_length",
        ),
        ("text that is no UTF-8", frame(KNOWN, varint(2) + b"\xc3\x28" + body), "malformed_avro"),
        (
            "number of more than 64 bits",
            frame(KNOWN, texts[:-1] + b"\xff" * 9 + b"\x7f"),
            "malformed_avro",
        ),
        ("number of 11 bytes", frame(KNOWN, texts[:-1] + b"\xff" * 10 + b"\x01"), "malformed_avro"),
    ]
    return [
        {"name": name, "frame": None if data is None else data.hex(), "reason": reason}
        for name, data, reason in rows
    ]
