"""Check an Avro body against its writer's schema before any library trusts it.

fastavro believes every length prefix: a negative string length reads the rest of the body, a block
count of 2^40 loops, a decimal too long for its precision is rounded. So the body is walked first,
allocating nothing, and only a sound one is decoded.
"""

from typing import Any

from schemas.frames import MAX_BODY_BYTES, BadRecordError, Reason

# Our records nest three deep; a recursive schema must not exhaust the stack.
MAX_DEPTH = 64
_FIXED_BYTES = {"null": 0, "float": 4, "double": 8}


def check_body(schema: Any, names: dict[str, Any], body: bytes) -> None:
    """Walk a body from its first to its last byte.

    Args:
        schema: the writer's schema as `fastavro.parse_schema` returns it.
        names: its named types by full name.
        body: Avro binary of exactly one value.

    Raises:
        BadRecordError: absurd_length, truncated_avro, malformed_avro or trailing_bytes.
    """
    walk = _Walk(names, body)
    walk.value(schema, 0)
    if walk.at < len(body):
        detail = f"{len(body) - walk.at} bytes follow the record"
        raise BadRecordError(Reason.TRAILING_BYTES, detail)


class _Walk:
    def __init__(self, names: dict[str, Any], body: bytes) -> None:
        self._names = names
        self._body = body
        self.at = 0
        # Every item of our schemas takes a byte; without this, a few bytes ask for 2^24 nulls.
        self._items_left = len(body)

    def value(self, schema: Any, depth: int) -> None:
        if depth > MAX_DEPTH:
            raise BadRecordError(Reason.MALFORMED_AVRO, f"nested deeper than {MAX_DEPTH}")
        if isinstance(schema, str):
            schema = self._names.get(schema, schema)
        if isinstance(schema, list):
            self.value(_pick(schema, self._varint(), "union branch"), depth + 1)
            return
        kind = schema["type"] if isinstance(schema, dict) else schema
        if kind in ("record", "error"):
            for field in schema["fields"]:
                self.value(field["type"], depth + 1)
        elif kind in ("array", "map"):
            self._blocks(schema, kind, depth)
        elif kind == "enum":
            _pick(schema["symbols"], self._varint(), "enum symbol")
        elif isinstance(kind, dict | list) or kind in self._names:
            self.value(kind, depth + 1)  # a type or a name wrapped in an object
        else:
            self._leaf(kind, schema)

    def _leaf(self, kind: str, schema: Any) -> None:
        if kind in _FIXED_BYTES:
            self._skip(_FIXED_BYTES[kind])
        elif kind == "boolean":
            if self._skip(1) not in (b"\x00", b"\x01"):
                raise BadRecordError(Reason.MALFORMED_AVRO, "a boolean is neither 0 nor 1")
        elif kind in ("int", "long"):
            number = self._varint()
            if kind == "int" and not -(1 << 31) <= number < 1 << 31:
                raise BadRecordError(Reason.MALFORMED_AVRO, "a number exceeds int")
        else:
            size = schema["size"] if kind == "fixed" else self._length("length")
            data = self._skip(size)
            if kind == "string":
                _check_text(data)
            elif isinstance(schema, dict) and schema.get("logicalType") == "decimal":
                _check_decimal(data, schema["precision"])

    def _blocks(self, schema: Any, kind: str, depth: int) -> None:
        while count := self._varint():
            if count < 0:
                count = -count
                self._length("block size")
            self._check_size(count, f"block of {kind} items")
            self._items_left -= count
            if self._items_left < 0:
                raise BadRecordError(Reason.ABSURD_LENGTH, "more items than bytes")
            for _ in range(count):
                if kind == "map":
                    _check_text(self._skip(self._length("length")))
                self.value(schema["items" if kind == "array" else "values"], depth + 1)

    def _varint(self) -> int:
        number = shift = 0
        while True:
            byte = self._skip(1)[0]
            number |= (byte & 0x7F) << shift
            if shift == 63 and byte > 1:
                raise BadRecordError(Reason.MALFORMED_AVRO, "a number of more than 64 bits")
            if byte < 0x80:
                return (number >> 1) ^ -(number & 1)
            shift += 7

    def _length(self, what: str) -> int:
        length = self._varint()
        self._check_size(length, what)
        return length

    def _check_size(self, size: int, what: str) -> None:
        if not 0 <= size <= MAX_BODY_BYTES:
            raise BadRecordError(Reason.ABSURD_LENGTH, f"a {what} of {size}")
        if missing := max(0, self.at + size - len(self._body)):
            raise BadRecordError(Reason.TRUNCATED_AVRO, f"the body ends {missing} bytes early")

    def _skip(self, size: int) -> bytes:
        self._check_size(size, "value")
        end = self.at + size
        data = self._body[self.at : end]
        self.at = end
        return data


def _pick(options: list[Any], index: int, what: str) -> Any:
    if not 0 <= index < len(options):
        raise BadRecordError(Reason.MALFORMED_AVRO, f"{what} {index} of {len(options)}")
    return options[index]


def _check_text(data: bytes) -> None:
    try:
        data.decode("utf-8")
    except UnicodeDecodeError as error:
        raise BadRecordError(Reason.MALFORMED_AVRO, "a string is not UTF-8") from error


def _check_decimal(data: bytes, precision: int) -> None:
    if not data:
        raise BadRecordError(Reason.MALFORMED_AVRO, "a decimal of no bytes")
    if abs(int.from_bytes(data, "big", signed=True)) >= 10**precision:
        raise BadRecordError(Reason.MALFORMED_AVRO, f"a decimal of more than {precision} digits")
