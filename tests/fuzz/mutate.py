"""Inputs made from sound ones: cut, doubled, spliced, and with what parsers stumble over."""

import random
from collections.abc import Sequence

LONGEST = 20_000
HOSTILE = (
    *(b"\x00", b"\xff\xfe", b"\xc3\x28", b"\xed\xa0\x80", b"\xe2\x80\xae", b"\r\n", b"\t" * 50),
    *(
        b"<",
        b">",
        b"&",
        b"&#x0;",
        b"&#xD800;",
        b"&lt;",
        b"<![CDATA[",
        b"]]>",
        b"<!--",
        b"<!DOCTYPE",
    ),
    *(b"{", b"}", b"[" * 200, b"]", b'"', b"\\", b"\\u0000", b"null", b"NaN", b"1e999", b"-0"),
    *(b"9" * 400, b"0.000000000000000001", b"-1", b"$", b"\xe2\x82\xac", b"1.234,56", b"1,234.56"),
    *(b"%", b"% off", b"was $", b" " * 300, b"(" * 100, b"http://[", b"https://a\x00b/", b"'"),
    *(b"\x80\x80\x80\x80\x80\x40", b"\x03\x05", b"\x01" * 18, b"\x7f" * 9, b"'; DROP TABLE x; --"),
)


def mutated(chance: random.Random, samples: Sequence[bytes]) -> bytes:
    """A sample with one to six changes."""
    data = bytearray(chance.choice(samples))
    for _ in range(chance.randint(1, 6)):
        at = chance.randint(0, len(data))
        upto = min(len(data), at + chance.randint(1, 1 + len(data) // 4))
        match chance.randrange(7):
            case 0 if data:
                data[min(at, len(data) - 1)] ^= 1 << chance.randrange(8)
            case 1:
                del data[at:upto]
            case 2:
                data[at:at] = data[at:upto] * chance.choice((1, 2, 50))
            case 3:
                data[at:at] = chance.choice(HOSTILE)
            case 4:
                other = chance.choice(samples)
                start = chance.randint(0, len(other))
                data[at:upto] = other[start : start + chance.randint(0, len(other))]
            case 5:
                data[at:upto] = chance.randbytes(min(32, upto - at + 1))
            case _:
                data[at:] = b""
        del data[LONGEST:]
    return bytes(data)
