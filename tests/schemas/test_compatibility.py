import copy
import io
import json
from typing import Any

import avro.schema
import fastavro
import pytest
from avro.compatibility import ReaderWriterCompatibilityChecker, SchemaCompatibilityType
from fastavro.utils import generate_many
from hypothesis import given, settings
from hypothesis import strategies as st

from schemas import definitions
from schemas.compatibility import PROMOTIONS, InvalidSchemaError, incompatibilities

DECIMAL = {"type": "bytes", "logicalType": "decimal", "precision": 18, "scale": 4}


def enum(*symbols: str, **more: Any) -> dict[str, Any]:
    return {"type": "enum", "name": "Verdict", "symbols": list(symbols)} | more


def deal(*fields: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {"type": "record", "name": "Deal", "fields": list(fields)} | more


def field(type_: Any, **more: Any) -> dict[str, Any]:
    return {"name": "price", "type": type_} | more


def faults(reader: Any, writer: Any) -> list[str]:
    return [str(problem) for problem in incompatibilities(reader, writer)]


def type_faults(reader: Any, writer: Any) -> list[str]:
    return faults(deal(field(reader)), deal(field(writer)))


@pytest.mark.parametrize("topic", definitions.TOPICS)
def test_a_shipped_schema_reads_itself(topic):
    assert faults(definitions.definition(topic), definitions.definition(topic)) == []


def test_a_changed_type_names_the_field_and_both_types():
    old = copy.deepcopy(definitions.definition("deals.evaluated"))
    next(row for row in old["fields"] if row["name"] == "price")["type"] = "string"
    assert faults(definitions.definition("deals.evaluated"), old) == [
        "EvaluatedDeal.price: string cannot be read as bytes decimal(18, 4)"
    ]


def test_a_new_field_needs_a_default():
    new = deal(field("long"), {"name": "votes", "type": "int"})
    assert faults(new, deal(field("long"))) == ["Deal.votes: new field votes has no default"]
    new["fields"][1]["default"] = 0
    assert faults(new, deal(field("long"))) == []


def test_a_field_may_go():
    assert faults(deal(field("long")), deal(field("long"), {"name": "votes", "type": "int"})) == []


def test_a_renamed_field_needs_an_alias():
    old = deal({"name": "cost", "type": "long"})
    assert faults(deal(field("long")), old) == ["Deal.price: new field price has no default"]
    assert faults(deal(field("long", aliases=["cost"])), old) == []


def test_an_alias_does_not_excuse_another_type():
    old = deal({"name": "cost", "type": "string"})
    assert faults(deal(field("long", aliases=["cost"])), old) == [
        "Deal.price: string cannot be read as long"
    ]


def test_a_renamed_record_needs_an_alias():
    assert faults(deal(name="Offer"), deal()) == ["Offer: Deal was renamed to Offer without alias"]
    assert faults(deal(name="Offer", aliases=["Deal"]), deal()) == []


def test_every_fault_is_named_at_once():
    new = deal(field("int"), {"name": "votes", "type": "int"})
    assert faults(new, deal(field("long"))) == [
        "Deal.price: long cannot be read as int",
        "Deal.votes: new field votes has no default",
    ]


WIDER = [
    ("int", "long"), ("int", "float"), ("int", "double"), ("long", "float"), ("long", "double"),
    ("float", "double"), ("string", "bytes"),
]  # fmt: skip


@pytest.mark.parametrize(("old", "new"), WIDER)
def test_promotions_of_the_specification_are_read(old, new):
    assert type_faults(new, old) == []


@pytest.mark.parametrize(("new", "old"), WIDER)
def test_a_promotion_does_not_go_back(old, new):
    assert type_faults(new, old) == [f"Deal.price: {old} cannot be read as {new}"]


@pytest.mark.parametrize("change", [{"scale": 2}, {"precision": 20}])
def test_a_decimal_of_other_digits_is_refused(change):
    other = DECIMAL | change
    assert type_faults(other, DECIMAL) == [
        "Deal.price: bytes decimal(18, 4) cannot be read as bytes "
        f"decimal({other['precision']}, {other['scale']})"
    ]


@pytest.mark.parametrize("plain", ["bytes", "string", "double"])
def test_a_decimal_is_never_read_as_something_else(plain):
    assert type_faults(plain, DECIMAL) == [
        f"Deal.price: bytes decimal(18, 4) cannot be read as {plain}"
    ]
    assert type_faults(DECIMAL, plain) == [
        f"Deal.price: {plain} cannot be read as bytes decimal(18, 4)"
    ]


def test_another_unit_of_time_is_refused_but_a_first_one_is_not():
    millis = {"type": "long", "logicalType": "timestamp-millis"}
    micros = {"type": "long", "logicalType": "timestamp-micros"}
    assert type_faults(micros, millis) == [
        "Deal.price: long timestamp-millis cannot be read as long timestamp-micros"
    ]
    assert type_faults(millis, "long") == []
    assert type_faults(millis, "int") == []


def test_an_enum_that_loses_a_symbol_needs_a_default():
    old = enum("bargain", "fair", "unknown")
    assert type_faults(enum("bargain", "unknown"), old) == [
        "Deal.price: symbol fair was removed and enum Verdict has no default"
    ]
    assert type_faults(enum("bargain", "unknown", default="unknown"), old) == []
    assert type_faults(enum("new", "bargain", "fair", "unknown"), old) == []


def test_fixed_of_another_size_is_refused():
    def fixed(size):
        return {"type": "fixed", "name": "Hash", "size": size}

    assert type_faults(fixed(8), fixed(16)) == [
        "Deal.price: fixed of 16 bytes cannot be read as 8 bytes"
    ]
    assert type_faults(fixed(16), fixed(16)) == []


def test_a_field_may_become_optional_but_not_required():
    assert type_faults(["null", "long"], "long") == []
    assert type_faults("long", ["null", "long"]) == ["Deal.price: null cannot be read as long"]


def test_a_union_that_loses_a_branch_names_it():
    assert type_faults(["null", "long"], ["null", "long", "string"]) == [
        "Deal.price: string cannot be read as any of null, long"
    ]


def test_inside_a_union_the_branch_of_the_same_kind_is_compared():
    assert type_faults(["null", DECIMAL], ["null", DECIMAL | {"scale": 2}]) == [
        "Deal.price: bytes decimal(18, 2) cannot be read as bytes decimal(18, 4)"
    ]


def test_nested_fields_are_named_by_their_path():
    def nested(inner):
        entry = {"type": "record", "name": "Entry", "fields": [{"name": "at", "type": inner}]}
        return {"type": "map", "values": {"type": "array", "items": ["null", entry]}}

    assert type_faults(nested("long"), nested("string")) == [
        "Deal.price{}[].at: string cannot be read as long"
    ]
    assert type_faults(nested("long"), nested("int")) == []


def test_a_recursive_schema_is_compared_once():
    def chain(inner):
        return deal(field(inner), {"name": "next", "type": ["null", "Deal"], "default": None})

    assert faults(chain("long"), chain("int")) == []
    assert faults(chain("int"), chain("long")) == ["Deal.price: long cannot be read as int"]


def test_types_are_found_by_their_name_in_a_namespace():
    def twice(symbols):
        second = {"name": "again", "type": {"type": "array", "items": "Verdict"}}
        return deal(field(enum(*symbols)), second, namespace="deal_finder")

    assert faults(twice(["a"]), twice(["a", "b"])) == [
        "Deal.price: symbol b was removed and enum Verdict has no default",
        "Deal.again[]: symbol b was removed and enum Verdict has no default",
    ]


@pytest.mark.parametrize(
    "broken",
    [
        {"type": "nonsense"},
        deal(field("no.such.Name")),
        deal(field("long", default="text")),
        deal(field({"type": "enum", "name": "Verdict"})),
    ],
)
def test_an_invalid_schema_is_told_from_an_incompatible_one(broken):
    with pytest.raises(InvalidSchemaError, match="the new schema is invalid"):
        incompatibilities(broken, deal())


PRIMITIVES = st.sampled_from(
    ["null", "boolean", "int", "long", "float", "double", "bytes", "string"]
)
ENUMS = st.lists(st.sampled_from("abc"), min_size=1, unique=True).map(
    lambda symbols: {"type": "enum", "symbols": symbols}
)
TYPES = st.recursive(
    PRIMITIVES | ENUMS,
    lambda inner: (
        inner.map(lambda items: {"type": "array", "items": items})
        | inner.map(lambda values: {"type": "map", "values": values})
        | inner.filter(lambda branch: branch != "null" and not isinstance(branch, list)).map(
            lambda branch: ["null", branch]
        )
        | st.dictionaries(st.sampled_from("xyz"), inner, max_size=2).map(
            lambda fields: {
                "type": "record",
                "fields": [{"name": name, "type": type_} for name, type_ in fields.items()],
            }
        )
    ),
    max_leaves=4,
)


def named(schema: Any, path: str = "N") -> Any:
    """A copy whose named types are named by their place, alike in both schemas of a pair."""
    if isinstance(schema, list):
        return [named(branch, path) for branch in schema]
    if not isinstance(schema, dict):
        return schema
    inner = {
        key: named(value, f"{path}_{key}")
        for key, value in schema.items()
        if key in ("items", "values")
    }
    if "fields" in schema:
        fields = [
            row | {"type": named(row["type"], f"{path}_{row['name']}")} for row in schema["fields"]
        ]
        inner["fields"] = fields
    is_named = schema["type"] in ("record", "enum")
    return schema | inner | ({"name": f"{path}_{schema['type']}"} if is_named else {})


@st.composite
def evolutions(draw: st.DrawFn) -> tuple[Any, Any]:
    """(old, new): new is old with types widened, narrowed, made optional, fields added or gone."""

    def evolved(schema: Any, *, is_branch: bool = False) -> Any:
        change = draw(st.integers(0, 5))
        if isinstance(schema, list):
            return ["null", evolved(schema[1], is_branch=True)]
        if change == 0 and schema != "null" and not is_branch:
            return ["null", schema]
        if isinstance(schema, str):
            return draw(st.sampled_from([schema, *sorted(PROMOTIONS.get(schema, ()))]))
        if schema["type"] == "enum" and change == 1:
            return schema | {"symbols": [*schema["symbols"], "d"]}
        if "fields" in schema:
            kept = [row | {"type": evolved(row["type"])} for row in schema["fields"][change == 1 :]]
            added = [{"name": "w", "type": "int", "default": 1}] if change == 2 else []
            return schema | {"fields": kept + added}
        return {
            key: evolved(value) if key in ("items", "values") else value
            for key, value in schema.items()
        }

    old = draw(TYPES)
    return old, draw(TYPES) if draw(st.booleans()) else evolved(old)


@given(evolutions())
@settings(max_examples=300, deadline=None)
def test_what_is_called_compatible_is_readable_and_agrees_with_the_avro_package(pair):
    old, new = pair
    writer, reader = named(deal(field(old))), named(deal(field(new)))
    ours = incompatibilities(reader, writer)
    checker = ReaderWriterCompatibilityChecker()
    theirs = checker.get_compatibility(
        avro.schema.parse(json.dumps(reader)), avro.schema.parse(json.dumps(writer))
    )
    if theirs.compatibility is SchemaCompatibilityType.compatible:
        assert all(problem.why.startswith("bytes cannot be read as") for problem in ours)
    else:
        assert ours
    if not ours:
        for record in generate_many(writer, 3):
            body = io.BytesIO()
            fastavro.schemaless_writer(body, writer, record)
            body.seek(0)
            fastavro.schemaless_reader(body, writer, reader)
