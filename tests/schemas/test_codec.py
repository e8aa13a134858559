from datetime import UTC, datetime, timedelta
from decimal import Decimal
from uuid import uuid4

import pytest
from aws_schema_registry import DataAndSchema, SchemaRegistryClient
from aws_schema_registry.avro import AvroSchema as PypiSchema
from aws_schema_registry.serde import KafkaDeserializer, KafkaSerializer

from schemas import definitions
from schemas.codec import AvroSchema, Codec
from schemas.frames import BadRecordError, Reason, frame
from schemas.registry import UnregisteredSchemaError
from schemas.values import InvalidValueError
from tests.schemas.records import example

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def as_numbers(value):
    """The PyPI client gives times as datetimes; ours are epoch milliseconds."""
    if isinstance(value, datetime):
        return (value - EPOCH) // timedelta(milliseconds=1)
    if isinstance(value, dict):
        return {key: as_numbers(item) for key, item in value.items()}
    return [as_numbers(item) for item in value] if isinstance(value, list) else value


@pytest.mark.parametrize("compression", [None, "zlib"])
@pytest.mark.parametrize("topic", definitions.TOPICS)
def test_a_record_comes_back_as_it_was(codec, topic, compression):
    value = codec.encode(topic, example(topic), compression=compression)
    assert codec.decode(value) == codec.decode(value, topic=topic) == example(topic)


def test_zlib_makes_a_long_record_smaller(codec):
    record = example("deals.raw", summary_html="<p>same</p>" * 1000)
    plain, packed = (codec.encode("deals.raw", record, compression=c) for c in (None, "zlib"))
    assert len(packed) < len(plain) / 10


@pytest.mark.parametrize("compression", [None, "zlib"])
@pytest.mark.parametrize("topic", definitions.TOPICS)
def test_the_pypi_client_reads_our_records(codec, glue, topic, compression):
    value = codec.encode(topic, example(topic), compression=compression)
    client = SchemaRegistryClient(glue, registry_name="deal-finder")
    data, schema = KafkaDeserializer(client).deserialize(topic, value)
    assert as_numbers(data) == example(topic)
    assert schema.fqn.endswith(definitions.definition(topic)["name"])


@pytest.mark.parametrize("topic", definitions.TOPICS)
def test_we_read_records_of_the_pypi_client(codec, registry, glue, topic):
    client = SchemaRegistryClient(glue, registry_name="deal-finder")
    serializer = KafkaSerializer(
        client, schema_naming_strategy=lambda topic, _is_key, _schema: topic
    )
    schema = PypiSchema(definitions.definition(topic))
    value = serializer.serialize(topic, DataAndSchema(example(topic), schema))
    assert codec.decode(value) == example(topic)
    # ... and it wrote with the version that is there: its spelling of the schema is ours.
    assert value[2:18] == registry.version_id(topic).bytes


def test_a_record_of_an_older_version_gets_the_defaults_of_newer_fields(registry, monkeypatch):
    current = definitions.definition("deals.parsed")
    older = current | {"fields": [row for row in current["fields"] if row["name"] != "coupon"]}
    monkeypatch.setattr(definitions, "definition", lambda _topic: older)
    old_id = registry.register("deals.parsed")
    monkeypatch.undo()
    registry.register("deals.parsed")
    record = example("deals.parsed")
    body = AvroSchema.of(older).write({k: v for k, v in record.items() if k != "coupon"})
    codec = Codec(registry)
    assert codec.decode(frame(old_id, body), topic="deals.parsed") == record | {"coupon": None}
    assert "coupon" not in codec.decode(frame(old_id, body))


def test_a_record_that_the_topics_schema_cannot_read_says_so(codec):
    value = codec.encode("deals.raw", example("deals.raw"))
    with pytest.raises(BadRecordError) as caught:
        codec.decode(value, topic="deals.parsed")
    assert caught.value.reason == Reason.INCOMPATIBLE_SCHEMA


def test_bytes_that_are_no_text_are_not_read_as_text(registry):
    schema = definitions.definition("deals.dlq")
    fields = [
        row | {"type": "bytes"} if row["name"] == "detail" else row for row in schema["fields"]
    ]
    fields = [{k: v for k, v in row.items() if k != "default"} for row in fields]
    foreign = schema | {"fields": fields}
    version_id = registry.register("foreign", foreign)
    body = AvroSchema.of(foreign).write(example("deals.dlq", detail=b"\xff"))
    with pytest.raises(BadRecordError) as caught:
        Codec(registry).decode(frame(version_id, body), topic="deals.dlq")
    assert caught.value.reason == Reason.INCOMPATIBLE_SCHEMA


def test_an_unknown_version_is_the_records_fault(codec):
    with pytest.raises(BadRecordError) as caught:
        codec.decode(frame(uuid4(), b""))
    assert caught.value.reason == Reason.UNKNOWN_SCHEMA_VERSION


def test_a_silent_registry_is_not_the_records_fault(codec):
    class Down:
        def definition(self, _version_id):
            raise ConnectionError

    value = codec.encode("deals.raw", example("deals.raw"))
    with pytest.raises(ConnectionError):
        Codec(Down()).decode(value)


def test_the_reason_is_data_and_the_payload_is_not_in_the_message(codec):
    value = bytearray(codec.encode("deals.raw", example("deals.raw", title="secret")))
    with pytest.raises(BadRecordError) as caught:
        codec.decode(bytes(value[:-1]))
    assert caught.value.reason == "truncated_avro"
    assert "secret" not in str(caught.value)


def test_encoding_before_the_schema_is_registered_tells_what_to_do(registry):
    with pytest.raises(UnregisteredSchemaError, match=r"scripts\.bootstrap"):
        Codec(registry).encode("deals.raw", example("deals.raw"))


def test_a_record_that_does_not_fit_is_not_encoded(codec):
    with pytest.raises(InvalidValueError, match=r"EvaluatedDeal\.low_7d has more than 4 digits"):
        codec.encode("deals.evaluated", example("deals.evaluated", low_7d=Decimal("0.00001")))
