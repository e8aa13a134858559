"""Can a new schema read what the old one wrote? Avro's resolution rules, with named fields.

Own code, because the checker of the `avro` package answers with positions (`/fields/10/type`),
loses them inside unions, and takes decimals of another scale, which multiply every price by
a power of ten, for the same type. Stricter than the specification in three ways, all about meaning:
a decimal is read only as the same decimal, a logical type never turns into another one, and bytes,
which need not be text, are not read as a string.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import fastavro
from fastavro.schema import SchemaParseException

Schema = Any  # a name, a list (union) or an object, as Avro's JSON has it

PROMOTIONS = {
    "int": {"long", "float", "double"},
    "long": {"float", "double"},
    "float": {"double"},
    "string": {"bytes"},
}


class InvalidSchemaError(ValueError):
    """A definition is no valid Avro schema."""


@dataclass(frozen=True)
class Problem:
    """One reason why old records become unreadable."""

    path: str
    why: str

    def __str__(self) -> str:
        """As people read it: `EvaluatedDeal.price: string cannot be read as bytes`."""
        return f"{self.path}: {self.why}"


def incompatibilities(reader: Schema, writer: Schema) -> list[Problem]:
    """What keeps `reader` (the new schema) from reading records of `writer` (the old one).

    Returns:
        Problems in the order of the reader's fields; empty if every old record is readable.

    Raises:
        InvalidSchemaError: one of the two is no Avro schema.
    """
    new, new_names = _parsed(reader, "new")
    old, old_names = _parsed(writer, "old")
    found = _Checker(new_names, old_names).problems(new, old, _label(new))
    return list(dict.fromkeys(found))


def _parsed(schema: Schema, which: str) -> tuple[Schema, dict[str, Schema]]:
    """The schema with full names everywhere, and its named types by those names."""
    named: dict[str, Schema] = {}
    try:
        return fastavro.parse_schema(schema, named_schemas=named), named
    except (SchemaParseException, KeyError, TypeError, ValueError) as error:
        message = f"the {which} schema is invalid: {error}"
        raise InvalidSchemaError(message) from error


class _Checker:
    def __init__(self, reader_names: dict[str, Schema], writer_names: dict[str, Schema]) -> None:
        self._reader_names = reader_names
        self._writer_names = writer_names
        self._seen: set[tuple[str, str]] = set()  # record pairs under way: ends recursion

    def problems(self, reader: Schema, writer: Schema, path: str) -> Iterator[Problem]:
        reader = _resolved(reader, self._reader_names)
        writer = _resolved(writer, self._writer_names)
        if isinstance(writer, list):
            for branch in writer:
                yield from self.problems(reader, branch, path)
        elif isinstance(reader, list):
            yield from self._into_union(reader, writer, path)
        else:
            yield from self._single(reader, writer, path)

    def _into_union(self, reader: list[Schema], writer: Schema, path: str) -> Iterator[Problem]:
        attempts = []
        for branch in reader:
            found = list(self.problems(branch, writer, path))
            if not found:
                return
            attempts.append((_resolved(branch, self._reader_names), found))
        # The branch that was meant tells most: the one of the same kind, if there is one.
        for branch, found in attempts:
            if _kind(branch) == _kind(writer):
                yield from found
                return
        options = ", ".join(_label(branch) for branch, _ in attempts)
        yield Problem(path, f"{_label(writer)} cannot be read as any of {options}")

    def _single(self, reader: Schema, writer: Schema, path: str) -> Iterator[Problem]:
        kind = _kind(reader)
        if kind != _kind(writer):
            if kind not in PROMOTIONS.get(_kind(writer), ()) or _is_decimal(reader, writer):
                yield _unreadable(reader, writer, path)
            return
        if not _is_same_logically(reader, writer):
            yield _unreadable(reader, writer, path)
        elif kind == "array":
            yield from self.problems(reader["items"], writer["items"], f"{path}[]")
        elif kind == "map":
            yield from self.problems(reader["values"], writer["values"], f"{path}{{}}")
        elif kind in ("record", "enum", "fixed"):
            if not _is_same_name(reader, writer):
                yield Problem(
                    path, f"{_label(writer)} was renamed to {_label(reader)} without alias"
                )
            elif kind == "record":
                yield from self._record(reader, writer, path)
            elif kind == "enum":
                yield from _enum(reader, writer, path)
            elif reader["size"] != writer["size"]:
                sizes = f"{writer['size']} bytes cannot be read as {reader['size']} bytes"
                yield Problem(path, f"fixed of {sizes}")

    def _record(self, reader: Schema, writer: Schema, path: str) -> Iterator[Problem]:
        pair = (reader["name"], writer["name"])
        if pair in self._seen:
            return
        self._seen.add(pair)
        written = {field["name"]: field for field in writer["fields"]}
        for field in reader["fields"]:
            names = [field["name"], *field.get("aliases", ())]
            source = next((written[name] for name in names if name in written), None)
            where = f"{path}.{field['name']}"
            if source is not None:
                yield from self.problems(field["type"], source["type"], where)
            elif "default" not in field:
                yield Problem(where, f"new field {field['name']} has no default")
        self._seen.discard(pair)


def _enum(reader: Schema, writer: Schema, path: str) -> Iterator[Problem]:
    if "default" in reader:
        return
    for symbol in writer["symbols"]:
        if symbol not in reader["symbols"]:
            yield Problem(path, f"symbol {symbol} was removed and {_label(reader)} has no default")


def _resolved(schema: Schema, names: dict[str, Schema]) -> Schema:
    if isinstance(schema, str):
        return names.get(schema, schema)
    if isinstance(schema, dict) and schema["type"] not in _COMPLEX and "logicalType" not in schema:
        return _resolved(schema["type"], names)
    return schema


_COMPLEX = ("record", "error", "enum", "fixed", "array", "map")


def _kind(schema: Schema) -> str:
    kind = schema["type"] if isinstance(schema, dict) else schema
    return "record" if kind == "error" else str(kind)


def _logical(schema: Schema) -> str | None:
    if not isinstance(schema, dict) or "logicalType" not in schema:
        return None
    if schema["logicalType"] == "decimal":
        return f"decimal({schema['precision']}, {schema.get('scale', 0)})"
    return str(schema["logicalType"])


def _is_decimal(*schemas: Schema) -> bool:
    return any((_logical(schema) or "").startswith("decimal") for schema in schemas)


def _is_same_logically(reader: Schema, writer: Schema) -> bool:
    ours, theirs = _logical(reader), _logical(writer)
    if _is_decimal(reader, writer):
        return ours == theirs
    return ours is None or theirs is None or ours == theirs


def _is_same_name(reader: Schema, writer: Schema) -> bool:
    # The specification compares the names without namespace.
    name = _short(writer["name"])
    return _short(reader["name"]) == name or name in map(_short, reader.get("aliases", ()))


def _short(name: str) -> str:
    return name.rpartition(".")[2]


def _label(schema: Schema) -> str:
    if isinstance(schema, list):
        return "union"
    kind, logical = _kind(schema), _logical(schema)
    if kind == "record":
        return _short(schema["name"])
    if kind in ("enum", "fixed"):
        return f"{kind} {_short(schema['name'])}"
    return f"{kind} {logical}" if logical else kind


def _unreadable(reader: Schema, writer: Schema, path: str) -> Problem:
    return Problem(path, f"{_label(writer)} cannot be read as {_label(reader)}")
