"""PyFlink in a process of its own, for the tests of the JVM module.

In pytest's process it would leave files and a JVM open, for which other tests were blamed. Reads a
request a line (JSON) from stdin, writes an answer a line: {"result": ...} or {"error": text}.
"""

import json
import os
import sys
from pathlib import Path
from typing import Any, TextIO

from pyflink.common import Configuration
from pyflink.java_gateway import get_gateway
from pyflink.table import DataTypes, EnvironmentSettings, TableEnvironment
from pyflink.table.types import DataType, _to_java_data_type

from schemas.definitions import definition, registered_text


class Worker:
    """Answers requests: every public method is one."""

    def __init__(self, jar: Path, home: Path) -> None:
        settings = {
            "pipeline.jars": jar.as_uri(),
            "parallelism.default": "1",
            "rest.address": "127.0.0.1",
            "rest.bind-address": "127.0.0.1",
            "rest.bind-port": "0",
            "state.backend.type": "rocksdb",
            "state.backend.rocksdb.localdir": str(home / "rocksdb"),
        }
        configuration = Configuration()
        for key, value in settings.items():
            configuration.set_string(key, value)
        builder = EnvironmentSettings.new_instance().in_streaming_mode()
        self._home = home
        self._t_env = TableEnvironment.create(builder.with_configuration(configuration).build())
        self._t_env.create_java_temporary_function("price_history", "dealfinder.PriceHistory")
        self._t_env.create_java_temporary_function("alert_policy", "dealfinder.AlertPolicy")
        self._t_env.create_java_temporary_function("map_to_json", "dealfinder.MapToJson")
        self._t_env.create_java_temporary_function("deal_windows", "dealfinder.DealWindows")

    def query(self, sql: str) -> list[dict[str, Any]]:
        """The rows of a query."""
        result = self._t_env.sql_query(sql).execute()
        names = result.get_resolved_schema().get_column_names()
        with result.collect() as rows:
            return [dict(zip(names, row, strict=True)) for row in rows]

    def explain(self, sql: str) -> str:
        """The plan of a query."""
        return str(self._t_env.explain_sql(sql))

    def observe(self, observations: list[dict[str, Any]]) -> None:
        """Make these rows the table `parsed`."""
        columns = """
            title STRING, deal_id STRING, product_key STRING, source STRING, merchant STRING,
            price_usd DECIMAL(18, 4), observed_at BIGINT, extras MAP<STRING, STRING>"""
        self.declare("parsed", columns, observations)

    def declare(self, table: str, columns: str, rows: list[dict[str, Any]]) -> None:
        """Make rows a table, in this order."""
        path = self._home / f"{table}.json"
        path.write_text("".join(json.dumps(row) + "\n" for row in rows), "utf-8")
        self._t_env.execute_sql(f"DROP TEMPORARY TABLE IF EXISTS {table}")
        self._t_env.execute_sql(
            f"CREATE TEMPORARY TABLE {table} ({columns})"
            f" WITH ('connector' = 'filesystem', 'format' = 'json', 'path' = '{path.as_uri()}')"
        )

    def hit(self, hits: list[dict[str, Any]]) -> None:
        """Make these rows the table `hits`."""
        path = self._home / "hits.json"
        path.write_text("".join(json.dumps(row) + "\n" for row in hits), "utf-8")
        self._t_env.execute_sql("DROP TEMPORARY TABLE IF EXISTS hits")
        self._t_env.execute_sql(f"""CREATE TEMPORARY TABLE hits (
            rule_id STRING, product_key STRING, price_usd DECIMAL(18, 4), observed_at BIGINT,
            terms STRING, number INT
        ) WITH ('connector' = 'filesystem', 'format' = 'json', 'path' = '{path.as_uri()}')""")

    def decode_error(self, value: str, **options: str) -> str | None:
        """What the source says of a value, in hexadecimal."""
        source, error_column = _source(options)
        row = source.deserialize(bytes.fromhex(value))
        error = row.getField(error_column)
        return None if error is None else str(error.toString())

    def rewrite(self, value: str, **options: str) -> str:
        """What the sink writes of the row that the source reads."""
        source, _ = _source(options)
        row = source.deserialize(bytes.fromhex(value))
        return bytes(_sink(options).serialize(row)).hex()


def _source(options: dict[str, str]) -> tuple[Any, int]:
    columns = _columns(options["schema.name"])
    own = [DataTypes.FIELD("decode_error", DataTypes.STRING())]
    format_ = _factory().createDecodingFormat(None, _settings(options))
    context = get_gateway().jvm.org.apache.flink.table.runtime.connector.source
    source = format_.createRuntimeDecoder(
        context.ScanRuntimeProviderContext.INSTANCE,
        _to_java_data_type(DataTypes.ROW(columns + own)),
    )
    source.open(None)
    return source, len(columns)


def _sink(options: dict[str, str]) -> Any:
    format_ = _factory().createEncodingFormat(None, _settings(options))
    context = get_gateway().jvm.org.apache.flink.table.runtime.connector.sink
    sink = format_.createRuntimeEncoder(
        context.SinkRuntimeProviderContext(False),  # noqa: FBT003 - isBounded, a Java call
        _to_java_data_type(DataTypes.ROW(_columns(options["schema.name"]))),
    )
    sink.open(None)
    return sink


def _factory() -> Any:
    jvm = get_gateway().jvm
    return jvm.org.apache.flink.table.factories.FactoryUtil.discoverFactory(
        jvm.java.lang.Thread.currentThread().getContextClassLoader(),
        jvm.java.lang.Class.forName(
            "org.apache.flink.table.factories.DeserializationFormatFactory"
        ),
        "avro-glue",
    )


def _settings(options: dict[str, str]) -> Any:
    values = get_gateway().jvm.org.apache.flink.configuration.Configuration()
    schema = registered_text(definition(options["schema.name"]))
    for key, value in ({"schema": schema} | options).items():
        values.setString(key, value)
    return values


def _columns(topic: str) -> list[Any]:
    return [DataTypes.FIELD(f["name"], _type(f["type"])) for f in definition(topic)["fields"]]


def _type(avro: Any) -> DataType:
    if isinstance(avro, list):
        (avro,) = (branch for branch in avro if branch != "null")
    match avro:
        case {"logicalType": "decimal"}:
            return DataTypes.DECIMAL(avro["precision"], avro["scale"])
        case {"type": "map"}:
            return DataTypes.MAP(DataTypes.STRING(), _type(avro["values"]))
        case {"type": "array"}:
            return DataTypes.ARRAY(_type(avro["items"]))
        case {"type": "record"}:
            fields = [DataTypes.FIELD(f["name"], _type(f["type"])) for f in avro["fields"]]
            return DataTypes.ROW(fields)
    return {
        "string": DataTypes.STRING(),
        "enum": DataTypes.STRING(),
        "int": DataTypes.INT(),
        "long": DataTypes.BIGINT(),
        "double": DataTypes.DOUBLE(),
        "boolean": DataTypes.BOOLEAN(),
        "bytes": DataTypes.BYTES(),
    }[avro if isinstance(avro, str) else avro["type"]]


def serve(worker: Worker, requests: TextIO, answers: TextIO) -> None:
    """Answer until the requests end."""
    for line in requests:
        name, arguments = json.loads(line)
        try:
            answer = {"result": getattr(worker, name)(**arguments)}
        except Exception as error:  # whatever it is, the test that asked must see it
            answer = {"error": str(error)}
        answers.write(json.dumps(answer, default=str) + "\n")
        answers.flush()


if __name__ == "__main__":
    # The JVM prints to stdout as well: what was stdout is the test's alone.
    answers = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)
    serve(Worker(Path(sys.argv[1]), Path(sys.argv[2])), sys.stdin, answers)
