"""Plain PyFlink DataStream, as its tutorials write it.

Python functions, a record at a time; state in a KeyedProcessFunction; the model called per record.
"""

import os
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from pyflink.common import Configuration, Row, Types
from pyflink.datastream import (
    FilterFunction,
    KeyedProcessFunction,
    MapFunction,
    RuntimeContext,
    StreamExecutionEnvironment,
)
from pyflink.datastream.state import ValueStateDescriptor
from pyflink.table import DataTypes, Schema, StreamTableEnvironment

from flink_jobs.config import Delivery, LocalFlink
from flink_jobs.environment import local_settings
from local.build import APPLICATION_JAR
from local.ports import free_port
from scripts.bench.evaluating import INPUT, BadRecord, Evaluator, Records, remember
from scripts.bench.product_state import ProductState
from scripts.bench.task import Task

ROW = Types.ROW_NAMED(["key", "value"], [Types.STRING(), Types.PRIMITIVE_ARRAY(Types.BYTE())])


class Read(MapFunction):  # type: ignore[misc]  # pyflink publishes no types
    """Bytes to a deal; None where they are none."""

    def __init__(self, task: Task) -> None:
        """Keep what pickles."""
        self._task = task

    def open(self, _context: RuntimeContext) -> None:
        """Ask the registry."""
        self._records = Records(self._task.registry())

    def map(self, row: Row) -> dict[str, Any] | None:
        """One record."""
        try:
            return self._records.read(bytes(row[0]))
        except BadRecord:
            return None


class IsDeal(FilterFunction):  # type: ignore[misc]
    """Keeps what could be read."""

    def filter(self, deal: dict[str, Any] | None) -> bool:
        """Whether it is a deal."""
        return deal is not None


class Remember(KeyedProcessFunction):  # type: ignore[misc]
    """The price memory, by product."""

    def open(self, context: RuntimeContext) -> None:
        """Get the state."""
        self._state = context.get_state(ValueStateDescriptor("history", Types.PICKLED_BYTE_ARRAY()))

    def process_element(
        self, deal: dict[str, Any], _context: KeyedProcessFunction.Context
    ) -> Iterator[Any]:
        """One deal."""
        history = self._state.value() or ProductState()
        answer = remember(history, deal)
        self._state.update(history)
        if answer is not None:
            yield deal, answer


class Evaluate(MapFunction):  # type: ignore[misc]
    """Verdict and bytes."""

    def __init__(self, task: Task) -> None:
        """Keep what pickles."""
        self._task = task

    def open(self, _context: RuntimeContext) -> None:
        """Load the model."""
        self._records = Records(self._task.registry())
        self._evaluator = Evaluator(self._task.model_dir)

    def map(self, remembered: Any) -> Row:
        """One deal with what its history says."""
        deal, answer = remembered
        (record,) = self._evaluator.evaluate([deal], [answer])
        return Row(record["product_key"], self._records.write(record))


def main() -> None:
    """Read, judge and write `count` records, then end."""
    task = Task.parsed(__doc__)
    local = LocalFlink.model_validate(
        {
            "jar": str(APPLICATION_JAR),
            "state.dir": str(task.home),
            "rest.port": str(free_port()),
            "checkpoint.interval.s": "10",
            "bundle.time.ms": "1000",
        }
    )
    settings = Configuration()
    for key, value in local_settings(local, Delivery.AT_LEAST_ONCE).items():
        settings.set_string(key, value)
    settings.set_string("python.executable", sys.executable)
    environment = StreamExecutionEnvironment.get_execution_environment(settings)
    t_env = StreamTableEnvironment.create(environment)
    kafka = f"'connector' = 'kafka', 'properties.bootstrap.servers' = '{task.bootstrap_servers}'"
    t_env.execute_sql(f"""CREATE TEMPORARY TABLE deals (`value` BYTES) WITH (
        {kafka}, 'topic' = '{INPUT}', 'properties.group.id' = '{task.name}', 'format' = 'raw',
        'scan.startup.mode' = 'earliest-offset', 'scan.bounded.mode' = 'specific-offsets',
        'scan.bounded.specific-offsets' = 'partition:0,offset:{task.count}')""")
    t_env.execute_sql(f"""CREATE TEMPORARY TABLE evaluated (`key` STRING, `value` BYTES) WITH (
        {kafka}, 'topic' = '{task.output}', 'key.format' = 'raw', 'key.fields' = 'key',
        'value.format' = 'raw', 'value.fields-include' = 'EXCEPT_KEY',
        'properties.compression.type' = 'lz4')""")
    deals = t_env.to_data_stream(t_env.from_path("deals"))
    written = (
        deals.map(Read(task))
        .filter(IsDeal())
        .key_by(lambda deal: deal["product_key"], key_type=Types.STRING())
        .process(Remember())
        .map(Evaluate(task), output_type=ROW)
    )
    schema = (
        Schema.new_builder()
        .column("key", DataTypes.STRING())
        .column("value", DataTypes.BYTES())
        .build()
    )
    t_env.from_data_stream(written, schema).execute_insert("evaluated").wait()


if __name__ == "__main__":
    os.chdir(Path(__file__).resolve().parents[2])
    main()
