"""Records as Python values, and as JSON: one walk along the schema for both.

| Avro | Python | JSON |
|---|---|---|
| decimal | Decimal (also int and numeric str; no float: money is exact) | number, all digits |
| timestamp-millis | int, UTC epoch ms (an aware datetime is taken too) | number |
| bytes | bytes | base64 text |
| float, double | float | number; "NaN", "Infinity", "-Infinity" as text |
"""

import base64
import binascii
import json
import math
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from decimal import Decimal, InvalidOperation
from typing import Any

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_JSON_FLOATS = {"NaN": math.nan, "Infinity": math.inf, "-Infinity": -math.inf}


class InvalidValueError(ValueError):
    """A value does not fit its schema; the message names the field."""


def conform(schema: Any, names: dict[str, Any], value: Any, *, from_json: bool = False) -> Any:
    """The value as fastavro writes it.

    Args:
        schema: as `fastavro.parse_schema` returns it.
        names: its named types by full name.
        value: Python values of the table above; missing fields take their default.
        from_json: bytes are base64 text, special floats are text.

    Raises:
        InvalidValueError: with the path of the first field that does not fit.
    """
    path = schema["name"].rpartition(".")[2] if isinstance(schema, dict) else ""
    return _Conformer(names, from_json=from_json).value(schema, value, path)


def to_json(value: Any) -> str:
    """A decoded record as one line of JSON, ASCII only, decimals with their exact digits.

    ASCII, because scraped text may hold line separators and terminal control characters.
    """
    if isinstance(value, dict):
        pairs = (f"{json.dumps(str(key))}: {to_json(item)}" for key, item in value.items())
        return "{" + ", ".join(pairs) + "}"
    if isinstance(value, list | tuple):
        return "[" + ", ".join(map(to_json, value)) + "]"
    if isinstance(value, Decimal):
        return format(value, "f")
    if isinstance(value, bytes):
        return json.dumps(base64.b64encode(value).decode("ascii"))
    if isinstance(value, float) and not math.isfinite(value):
        return json.dumps(
            next(name for name, special in _JSON_FLOATS.items() if repr(special) == repr(value))
        )
    return json.dumps(value)


class _Conformer:
    def __init__(self, names: dict[str, Any], *, from_json: bool) -> None:
        self._names = names
        self._from_json = from_json
        self._leaves: dict[str, Callable[[Any, Any, str], Any]] = {
            "null": _null,
            "boolean": _boolean,
            "int": _integer,
            "long": _integer,
            "float": self._float,
            "double": self._float,
            "string": _string,
            "bytes": self._bytes,
            "fixed": self._bytes,
            "enum": _enum,
        }

    def value(self, schema: Any, value: Any, path: str) -> Any:
        if isinstance(schema, str):
            schema = self._names.get(schema, schema)
        if isinstance(schema, list):
            return self._union(schema, value, path)
        kind = schema["type"] if isinstance(schema, dict) else schema
        if kind in ("record", "error"):
            return self._record(schema, value, path)
        if kind == "array":
            items = _expect(value, list | tuple, "a list", path)
            return [
                self.value(schema["items"], item, f"{path}[{i}]") for i, item in enumerate(items)
            ]
        if kind == "map":
            items = _expect(value, dict, "an object", path)
            return {
                _string(schema, key, f"{path} key"): self.value(
                    schema["values"], item, f"{path}[{key!r}]"
                )
                for key, item in items.items()
            }
        if isinstance(kind, dict | list) or kind in self._names:
            return self.value(kind, value, path)
        return self._leaves[kind](schema, value, path)

    def _record(self, schema: Any, value: Any, path: str) -> dict[str, Any]:
        given = dict(_expect(value, dict, "an object", path))
        record = {}
        for field in schema["fields"]:
            name = field["name"]
            where = f"{path}.{name}"
            if name in given:
                record[name] = self.value(field["type"], given.pop(name), where)
            elif "default" in field:
                record[name] = field["default"]
            else:
                raise _misfit(where, "is missing")
        for name in given:
            raise _misfit(path, f"has no field {name}")
        return record

    def _union(self, branches: list[Any], value: Any, path: str) -> Any:
        if value is None and "null" in branches:
            return None
        first_error = None
        for branch in branches:
            if branch == "null":
                continue
            try:
                return self.value(branch, value, path)
            except InvalidValueError as error:
                first_error = first_error or error
        raise first_error or _misfit(path, "must be null")

    def _float(self, _schema: Any, value: Any, path: str) -> float:
        if self._from_json and isinstance(value, str) and value in _JSON_FLOATS:
            return _JSON_FLOATS[value]
        if isinstance(value, bool) or not isinstance(value, int | float | Decimal):
            raise _misfit(path, f"must be a number, not {type(value).__name__}")
        return float(value)

    def _bytes(self, schema: Any, value: Any, path: str) -> Any:
        if isinstance(schema, dict) and schema.get("logicalType") == "decimal":
            return _decimal(schema, value, path)
        if self._from_json:
            try:
                return base64.b64decode(_expect(value, str, "base64 text", path), validate=True)
            except binascii.Error as error:
                raise _misfit(path, f"must be base64 text: {error}") from error
        return bytes(_expect(value, bytes | bytearray | memoryview, "bytes", path))


def _decimal(schema: Any, value: Any, path: str) -> Decimal:
    if isinstance(value, bool) or not isinstance(value, Decimal | int | str):
        raise _misfit(
            path, f"must be an exact number (Decimal, int, str), not {type(value).__name__}"
        )
    precision, scale = schema["precision"], schema.get("scale", 0)
    try:
        exact = Decimal(value)
    except InvalidOperation as error:
        raise _misfit(path, "must be a number") from error
    if not exact.is_finite():
        raise _misfit(path, "must be a finite number")
    # Bounds first: the exponent of 1E+999999999 must never be written out in digits.
    if exact and exact.adjusted() >= precision - scale:
        raise _misfit(path, f"has more than {precision - scale} digits before the point")
    digits = exact.as_tuple()
    exponent = int(digits.exponent)
    if exponent < -scale:
        surplus = -scale - exponent
        if any(digits.digits[-surplus:]):
            raise _misfit(path, f"has more than {scale} digits after the point")
    # Built from its digits: arithmetic would round to the caller's decimal context.
    shift = exponent + scale
    number = int("".join(map(str, digits.digits)))
    unscaled = number * 10**shift if shift >= 0 else number // 10 ** min(-shift, len(digits.digits))
    return Decimal((digits.sign, tuple(map(int, str(unscaled))), -scale))


def _integer(schema: Any, value: Any, path: str) -> int:
    kind = schema["type"] if isinstance(schema, dict) else schema
    if isinstance(value, datetime) and isinstance(schema, dict):
        if schema.get("logicalType") != "timestamp-millis" or value.tzinfo is None:
            raise _misfit(path, "takes epoch milliseconds or an aware datetime")
        return (value - EPOCH) // timedelta(milliseconds=1)
    if isinstance(value, bool) or not isinstance(value, int):
        raise _misfit(path, f"must be an integer, not {type(value).__name__}")
    limit = 1 << (31 if kind == "int" else 63)
    if not -limit <= value < limit:
        raise _misfit(path, f"exceeds {kind}")
    return value


def _string(_schema: Any, value: Any, path: str) -> str:
    text: str = _expect(value, str, "text", path)
    try:
        text.encode("utf-8")
    except UnicodeEncodeError as error:
        raise _misfit(path, "holds half of a surrogate pair") from error
    return text


def _enum(schema: Any, value: Any, path: str) -> str:
    if value not in schema["symbols"]:
        raise _misfit(path, f"must be one of {', '.join(schema['symbols'])}")
    return str(value)


def _boolean(_schema: Any, value: Any, path: str) -> Any:
    return _expect(value, bool, "true or false", path)


def _null(_schema: Any, value: Any, path: str) -> None:
    if value is not None:
        raise _misfit(path, "must be null")


def _expect(value: Any, kind: Any, what: str, path: str) -> Any:
    if not isinstance(value, kind):
        raise _misfit(path, f"must be {what}, not {type(value).__name__}")
    return value


def _misfit(path: str, why: str) -> InvalidValueError:
    message = f"{path} {why}"
    return InvalidValueError(message)
