import copy
from uuid import UUID, uuid4

import pytest
from moto.core.models import DEFAULT_ACCOUNT_ID
from moto.glue import glue_backends

from schemas import definitions
from schemas.compatibility import InvalidSchemaError
from schemas.registry import (
    IncompatibleSchemaError,
    Registry,
    RegistryError,
    UnknownVersionError,
    UnregisteredSchemaError,
)


class Clock:
    """Time that moves only when somebody sleeps, and calls `on_sleep` then."""

    def __init__(self):
        self.now = 0.0
        self.on_sleep = lambda: None

    def sleep(self, seconds):
        self.now += seconds
        self.on_sleep()


class Counting:
    """A Glue client that counts its calls."""

    def __init__(self, client):
        self._client = client
        self.calls = []

    def __getattr__(self, name):
        if name != "exceptions":
            self.calls.append(name)
        return getattr(self._client, name)


def changed(topic, **fields):
    """The shipped schema with other types; None takes a field away, a new name adds one."""
    schema = copy.deepcopy(definitions.definition(topic))
    for name, type_ in fields.items():
        rest = [field for field in schema["fields"] if field["name"] != name]
        schema["fields"] = rest if type_ is None else [*rest, {"name": name, "type": type_}]
    return schema


def moto_version(version_id):
    """moto's own object of a schema version."""
    for registry in glue_backends[DEFAULT_ACCOUNT_ID]["us-east-1"].registries.values():
        for schema in registry.schemas.values():
            if str(version_id) in schema.schema_versions:
                return schema.schema_versions[str(version_id)]
    raise AssertionError


def test_all_schemas_are_registered_as_backward_compatible_avro(registry, glue):
    ids = registry.register_all()
    assert list(ids) == list(definitions.TOPICS)
    for topic, version_id in ids.items():
        schema = glue.get_schema(SchemaId={"RegistryName": "deal-finder", "SchemaName": topic})
        assert (schema["Compatibility"], schema["DataFormat"]) == ("BACKWARD", "AVRO")
        assert registry.definition(version_id) == definitions.definition(topic)
        assert registry.version_id(topic) == version_id


def test_registering_again_changes_nothing(registry, glue):
    first = registry.register_all()
    assert registry.register_all() == Registry(glue, "deal-finder").register_all() == first
    schema = glue.get_schema(SchemaId={"RegistryName": "deal-finder", "SchemaName": "deals.raw"})
    assert schema["LatestSchemaVersion"] == 1


def test_what_is_known_is_not_asked_for_again(registry, glue):
    ids = registry.register_all()
    counting = Counting(glue)
    again = Registry(counting, "deal-finder")
    for _ in range(3):
        assert again.version_id("deals.raw") == ids["deals.raw"]
        again.definition(ids["deals.raw"])
    assert counting.calls == ["get_schema_by_definition", "get_schema_version"]


def test_a_compatible_change_becomes_a_new_version(registry):
    first = registry.register("deals.raw")
    new = changed("deals.raw", extras=None)
    second = registry.register("deals.raw", new)
    assert second != first
    assert registry.definition(second) == new
    assert registry.version_id("deals.raw", new) == second


def test_an_incompatible_change_is_refused_by_name_and_nothing_is_registered(registry, glue):
    registry.register("deals.raw")
    with pytest.raises(IncompatibleSchemaError) as caught:
        registry.register("deals.raw", changed("deals.raw", title="long", votes="int"))
    assert str(caught.value) == (
        "deals.raw: the new schema cannot read records of version 1:\n"
        "  RawDeal.title: string cannot be read as long\n"
        "  RawDeal.votes: new field votes has no default"
    )
    schema = glue.get_schema(SchemaId={"RegistryName": "deal-finder", "SchemaName": "deals.raw"})
    assert schema["LatestSchemaVersion"] == 1


def test_a_change_must_be_compatible_with_every_version_still_on_the_topic(registry):
    registry.register("deals.raw")
    registry.register("deals.raw", changed("deals.raw", link=None))
    # Version 2 alone would do: it has no link, and link has a default here. Version 1 had text.
    back = changed("deals.raw", link=None)
    back["fields"].append({"name": "link", "type": "long", "default": 0})
    with pytest.raises(IncompatibleSchemaError, match="records of version 1:"):
        registry.register("deals.raw", back)


def test_a_version_that_glue_refused_was_never_written_with(registry):
    registry.register("deals.raw")
    failed = registry.register("deals.raw", changed("deals.raw", extras=None))
    moto_version(failed).schema_version_status = "FAILURE"
    again = changed("deals.raw", link=None)
    assert registry.register("deals.raw", again) != failed


def test_a_failed_version_is_an_error_however_often_one_asks(registry, glue):
    version_id = registry.register("deals.raw")
    moto_version(version_id).schema_version_status = "FAILURE"
    for _ in range(2):
        with pytest.raises(RegistryError, match=f"deals.raw: Glue answers FAILURE .* {version_id}"):
            Registry(glue, "deal-finder").register("deals.raw")
    with pytest.raises(UnknownVersionError):
        Registry(glue, "deal-finder").definition(version_id)


def test_a_pending_version_is_awaited(registry, glue):
    version_id = registry.register("deals.raw")
    moto_version(version_id).schema_version_status = "PENDING"
    clock = Clock()

    def settle():
        if clock.now >= 2:
            moto_version(version_id).schema_version_status = "AVAILABLE"

    clock.on_sleep = settle
    slow = Registry(glue, "deal-finder", now_s=lambda: clock.now, sleep=clock.sleep)
    assert slow.register("deals.raw") == version_id
    assert clock.now == 2


def test_a_version_pending_for_ever_ends_at_the_deadline(registry, glue):
    version_id = registry.register("deals.raw")
    moto_version(version_id).schema_version_status = "PENDING"
    clock = Clock()
    slow = Registry(glue, "deal-finder", deadline_s=10, now_s=lambda: clock.now, sleep=clock.sleep)
    with pytest.raises(RegistryError, match="is PENDING after 10 s"):
        slow.register("deals.raw")
    assert clock.now == 10


def test_a_schema_that_checks_nothing_is_refused(registry, glue):
    registry.register("deals.raw")
    glue.update_schema(
        SchemaId={"RegistryName": "deal-finder", "SchemaName": "deals.raw"},
        Compatibility="NONE",
        SchemaVersionNumber={"LatestVersion": True},
    )
    with pytest.raises(RegistryError, match="has compatibility NONE; it must be BACKWARD"):
        registry.register("deals.raw", changed("deals.raw", extras=None))


def test_an_invalid_schema_never_gets_to_glue(glue):
    counting = Counting(glue)
    with pytest.raises(InvalidSchemaError):
        Registry(counting, "deal-finder").register("deals.raw", {"type": "nonsense"})
    assert counting.calls == []


def test_an_unregistered_schema_says_who_registers_it(registry):
    with pytest.raises(UnregisteredSchemaError, match=r"python -m scripts\.bootstrap registers it"):
        registry.version_id("deals.raw")


def test_an_unknown_version_is_asked_for_again_only_after_a_while(glue):
    clock = Clock()
    counting = Counting(glue)
    registry = Registry(counting, "deal-finder", now_s=lambda: clock.now)
    nobody = uuid4()
    for now in (0, 10, 29, 31, 40):
        clock.now = now
        with pytest.raises(UnknownVersionError, match=str(nobody)):
            registry.definition(nobody)
    assert len(counting.calls) == 2


def test_schemas_of_different_registries_do_not_meet(registry, glue):
    other = Registry(glue, "elsewhere")
    assert registry.register("deals.raw") != other.register("deals.raw")
    assert isinstance(other.version_id("deals.raw"), UUID)
