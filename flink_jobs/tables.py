"""Bind the topics to Flink tables; columns come from schemas/, their one home."""

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

from pyflink.table import StreamTableEnvironment

from flink_jobs.config import DeadLetters, Delivery, JobConfig, JobName, Kafka, Registry
from schemas import definitions
from schemas.decoding import record_decoder
from schemas.signing_in import sign_in_properties
from schemas.topics import MAX_DEAD_LETTER_BYTES

DEAD_LETTERS = "deals.dlq"
# The Kafka key of each topic that a job writes; deals.dlq has a key that is not in the value.
KEYS = {
    "deals.parsed": "product_key",
    "deals.products": "product_key",
    "deals.evaluated": "product_key",
    "deals.stats": "window_id",
    "deals.alerts": "rule_id",
    "deals.dlq": "origin",
}
SQL_TYPES = {
    "string": "STRING",
    "int": "INT",
    "long": "BIGINT",
    "double": "DOUBLE",
    "boolean": "BOOLEAN",
    "bytes": "BYTES",
    "enum": "STRING",
}
# What the format and the connector add to the columns of a source.
ORIGIN_COLUMNS = """
    `decode_error` STRING,
    `payload` BYTES,
    `origin_topic` STRING METADATA FROM 'topic' VIRTUAL,
    `origin_partition` INT METADATA FROM 'partition' VIRTUAL,
    `origin_offset` BIGINT METADATA FROM 'offset' VIRTUAL"""


def table_name(topic: str) -> str:
    """`deals.raw` is table `deals_raw`."""
    return topic.replace(".", "_")


def schema_text(topic: str) -> str:
    """The topic's Avro schema, to the letter as the registry has it."""
    return definitions.registered_text(definitions.definition(topic))


def sql_type(avro: Any) -> str:
    """The SQL type of an Avro type; nullability is left to the format.

    Raises:
        ValueError: the type has no counterpart here.
    """
    if isinstance(avro, list):
        (avro,) = (branch for branch in avro if branch != "null")
    if isinstance(avro, str):
        return SQL_TYPES[avro]
    match avro["type"]:
        case "map":
            return f"MAP<STRING, {sql_type(avro['values'])}>"
        case "array":
            return f"ARRAY<{sql_type(avro['items'])}>"
        case "record":
            fields = (f"`{each['name']}` {sql_type(each['type'])}" for each in avro["fields"])
            return f"ROW<{', '.join(fields)}>"
        case "bytes" if avro.get("logicalType") == "decimal":
            return f"DECIMAL({avro['precision']}, {avro['scale']})"
        case str(name) if name in SQL_TYPES:
            return SQL_TYPES[name]
    message = f"no SQL type for {avro}"
    raise ValueError(message)


def columns(topic: str) -> dict[str, str]:
    """Column names and SQL types of a topic's value, in the order of its schema."""
    fields = definitions.definition(topic)["fields"]
    return {field["name"]: sql_type(field["type"]) for field in fields}


def bind_source(t_env: StreamTableEnvironment, topic: str, job: JobName, config: JobConfig) -> None:
    """Create the table that reads a topic, with the origin of each record beside it."""
    declared = ",".join(f"\n    `{name}` {type_}" for name, type_ in columns(topic).items())
    options = _connector(topic, config) | {
        "properties.group.id": f"{config.kafka.group_prefix}.{job}",
        "properties.isolation.level": "read_committed",
        "properties.auto.offset.reset": "earliest",
        "scan.startup.mode": "group-offsets",
        "value.format": "avro-glue",
    }
    _create(t_env, topic, f"{declared},{ORIGIN_COLUMNS}", options)


def bind_sink(t_env: StreamTableEnvironment, topic: str, owner: str, config: JobConfig) -> None:
    """Create the table that writes a topic; its transactions are named after topic and owner."""
    key = KEYS[topic]
    is_in_value = key in columns(topic)
    declared = ",".join(
        f"\n    `{name}` {type_}" for name, type_ in ({key: "STRING"} | columns(topic)).items()
    )
    options = _connector(topic, config, config.kafka.output_prefix) | {
        "key.format": "raw",
        "key.fields": key,
        "value.format": "avro-glue",
        "value.fields-include": "ALL" if is_in_value else "EXCEPT_KEY",
        "sink.delivery-guarantee": config.kafka.delivery.value,
        "properties.compression.type": "lz4",
        # A dead letter carries a whole record of another topic: as much as its topic takes.
        "properties.max.request.size": str(MAX_DEAD_LETTER_BYTES),
    }
    if config.kafka.delivery is Delivery.EXACTLY_ONCE:
        options |= {
            "sink.transactional-id-prefix": f"{config.kafka.group_prefix}.{owner}.{topic}",
            "properties.transaction.timeout.ms": str(config.kafka.transaction_timeout_ms),
        }
    _create(t_env, topic, declared, options)


def insert(topic: str, stage: str, budget: DeadLetters) -> str:
    """The statement that writes a stage, or a query in brackets, to a topic by column name.

    Dead letters of any job pass their budget here: beyond it the job stops.
    """
    key = KEYS[topic]
    names = list(columns(topic))
    listed = [f"`{name}`" for name in ([] if key in names else [key]) + names]
    selected = [
        f"{_within(budget)} AS `reason`" if (topic, name) == (DEAD_LETTERS, "`reason`") else name
        for name in listed
    ]
    return (
        f"INSERT INTO {table_name(topic)} ({', '.join(listed)})"
        f" SELECT {', '.join(selected)} FROM {stage}"
    )


def _within(budget: DeadLetters) -> str:
    # A late deal is no bad record: a backfill may hold nothing else.
    return (
        "CASE WHEN `reason` = 'window_closed' THEN `reason` ELSE"
        " within_budget(`reason`, `stage`, `topic`, `partition`, `offset`,"
        f" CAST({budget.max_ratio} AS DOUBLE), {budget.window_records}, {budget.max_consecutive})"
        " END"
    )


def _connector(topic: str, config: JobConfig, prefix: str = "") -> dict[str, str]:
    registry = {
        "schema": schema_text(topic),
        "registry.name": config.registry.name,
        "schema.name": topic,
        "region": config.registry.region,
    }
    if config.registry.endpoint_url:
        registry["endpoint"] = config.registry.endpoint_url
    return (
        {
            "connector": "kafka",
            "topic": prefix + topic,
            "properties.bootstrap.servers": config.kafka.bootstrap_servers,
        }
        | {f"value.avro-glue.{key}": value for key, value in registry.items()}
        | _security(config.kafka.security)
    )


def client_properties(kafka: Kafka, region: str) -> dict[str, Any]:
    """What a librdkafka client of a task needs; it follows topics that are no Flink source."""
    return {"bootstrap.servers": kafka.bootstrap_servers} | sign_in_properties(
        kafka.security, region
    )


def decoder_of(
    registry: Registry, topic: str
) -> Callable[[], Callable[[bytes], Mapping[str, Any]]]:
    """What makes the reader of a topic's records in a task; of plain values, for it travels there.

    A worker has only what the package's dep/ holds: no class of flink_jobs may be in what it gets.
    """
    return partial(record_decoder, registry.name, registry.region, registry.endpoint_url, topic)


def _security(security: str) -> dict[str, str]:
    if security == "PLAINTEXT":
        return {}
    return {
        "properties.security.protocol": "SASL_SSL",
        "properties.sasl.mechanism": "AWS_MSK_IAM",
        "properties.sasl.jaas.config": "software.amazon.msk.auth.iam.IAMLoginModule required;",
        "properties.sasl.client.callback.handler.class": (
            "software.amazon.msk.auth.iam.IAMClientCallbackHandler"
        ),
    }


def _create(
    t_env: StreamTableEnvironment, topic: str, declared: str, options: dict[str, str]
) -> None:
    quoted = ",".join(f"\n    {_text(key)} = {_text(value)}" for key, value in options.items())
    t_env.execute_sql(
        f"CREATE TEMPORARY TABLE {table_name(topic)} ({declared}\n) WITH ({quoted}\n)"
    )


def _text(value: str) -> str:
    """An SQL string literal."""
    return "'" + value.replace("'", "''") + "'"
