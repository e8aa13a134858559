"""Prices through the real state function, in a Flink of its own."""

import csv
import json
import os
from collections.abc import Iterable, Iterator, Mapping
from decimal import Decimal
from pathlib import Path
from typing import Any

from pyflink.common import Configuration
from pyflink.table import EnvironmentSettings, TableEnvironment
from pyflink.table.expressions import col

from scripts.replay_history.brute_force import Answer
from scripts.replay_history.prices import DAY_MS, UNITS_PER_USD, DailyPrice, usd

MONEY = "DECIMAL(18, 4)"
# What passes through price_history, and what it adds.
GIVEN = {"product_key": "STRING", "price_usd": MONEY, "observed_at": "BIGINT"}
SAID = {
    "previous_price_usd": MONEY,
    "low_7d": MONEY,
    "low_30d": MONEY,
    "low_90d": MONEY,
    "all_time_low": MONEY,
    "all_time_low_at": "BIGINT",
    "all_time_high": MONEY,
    "typical_7d": MONEY,
    "typical_30d": MONEY,
    "typical_90d": MONEY,
    "last_change_at": "BIGINT",
    "days_observed": "INT",
    "observations": "BIGINT",
    "shops_observed": "INT",
    "is_held": "BOOLEAN",
    "is_repeated": "BOOLEAN",
}


def replay(
    prices: Iterable[DailyPrice], jar: Path, folder: Path
) -> Iterator[tuple[DailyPrice, Answer]]:
    """Stream prices in this order through price_history.

    Args:
        prices: In the order of arrival.
        jar: The application jar.
        folder: An empty one, for input, output and state.

    Yields:
        Each price with what price_history says of it, in the form of `brute_force.answers`.
    """
    source, sink = folder / "prices.csv", folder / "said"
    with source.open("w", encoding="utf-8", newline="") as file:
        rows = csv.writer(file)
        for each in prices:
            rows.writerow([each.product_id, usd(each.price), each.day * DAY_MS])
    t_env = _environment(jar, folder)
    t_env.create_java_temporary_function("price_history", "dealfinder.PriceHistory")
    _create_table(t_env, "prices", GIVEN, source, "csv")
    # Not `collect`: fetching one row after the other takes a hundred times as long.
    _create_table(t_env, "answers", GIVEN | SAID, sink, "json")
    t_env.execute_sql("""CREATE TEMPORARY VIEW offers AS
        SELECT *, product_key AS deal_id, 'replay' AS source, CAST(NULL AS STRING) AS merchant
        FROM prices""")
    said = t_env.sql_query("""SELECT * FROM price_history(
        input => TABLE offers PARTITION BY product_key, uid => 'price-history')""")
    said.select(*map(col, GIVEN | SAID)).execute_insert("answers").wait()
    for path in sorted(sink.iterdir()):
        with path.open(encoding="utf-8") as lines:
            for line in lines:
                yield _read(json.loads(line, parse_float=Decimal))


def _create_table(
    t_env: TableEnvironment, name: str, columns: Mapping[str, str], path: Path, form: str
) -> None:
    declared = ", ".join(f"{column} {kind}" for column, kind in columns.items())
    t_env.execute_sql(f"""CREATE TEMPORARY TABLE {name} ({declared})
        WITH ('connector' = 'filesystem', 'format' = '{form}', 'path' = '{path.as_uri()}')""")


def _read(row: Mapping[str, Any]) -> tuple[DailyPrice, Answer]:
    """A price and what is said of it; money in 1/10000 USD."""
    day = row["observed_at"] // DAY_MS
    price = DailyPrice(day, row["product_key"], int(row["price_usd"] * UNITS_PER_USD))
    said = {
        name: int(row[name] * UNITS_PER_USD)
        if kind == MONEY and row[name] is not None
        else row[name]
        for name, kind in SAID.items()
    }
    return price, said


def _environment(jar: Path, folder: Path) -> TableEnvironment:
    # No Python runs in this Flink: PyFlink need not start the server for its workers.
    os.environ["_python_worker_execution_mode"] = "process"  # noqa: SIM112 - PyFlink's spelling
    configuration = Configuration()
    for key, value in {
        "pipeline.jars": jar.as_uri(),
        "parallelism.default": "1",
        "rest.address": "127.0.0.1",
        "rest.bind-address": "127.0.0.1",
        "rest.bind-port": "0",
        "state.backend.type": "rocksdb",
        "state.backend.rocksdb.localdir": str(folder / "rocksdb"),
    }.items():
        configuration.set_string(key, value)
    builder = EnvironmentSettings.new_instance().in_streaming_mode()
    return TableEnvironment.create(builder.with_configuration(configuration).build())
