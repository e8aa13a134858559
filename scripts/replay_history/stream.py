"""Prices through the real state function, in a Flink of its own."""

import csv
from collections.abc import Iterable, Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

from pyflink.common import Configuration
from pyflink.table import EnvironmentSettings, TableEnvironment

from scripts.replay_history.brute_force import Answer
from scripts.replay_history.prices import DAY_MS, UNITS_PER_USD, DailyPrice, usd

# The first column that price_history adds.
FIRST = "previous_price_usd"


def replay(
    prices: Iterable[DailyPrice], jar: Path, folder: Path
) -> Iterator[tuple[DailyPrice, Answer]]:
    """Stream prices in this order through price_history.

    Args:
        prices: In the order of arrival.
        jar: The application jar.
        folder: An empty one, for input and state.

    Yields:
        Each price with what price_history says of it, in the form of `brute_force.answers`.
    """
    source = folder / "prices.csv"
    with source.open("w", encoding="utf-8", newline="") as file:
        rows = csv.writer(file)
        for each in prices:
            rows.writerow([each.product_id, usd(each.price), each.day * DAY_MS])
    t_env = _environment(jar, folder)
    t_env.create_java_temporary_function("price_history", "dealfinder.PriceHistory")
    t_env.execute_sql(f"""CREATE TEMPORARY TABLE prices (
        product_key STRING, price_usd DECIMAL(18, 4), observed_at BIGINT
    ) WITH ('connector' = 'filesystem', 'format' = 'csv', 'path' = '{source.as_uri()}')""")
    t_env.execute_sql("""CREATE TEMPORARY VIEW offers AS
        SELECT *, product_key AS deal_id, 'replay' AS source, CAST(NULL AS STRING) AS merchant
        FROM prices""")
    result = t_env.execute_sql("""SELECT * FROM price_history(
        input => TABLE offers PARTITION BY product_key, uid => 'price-history')""")
    names = result.get_resolved_schema().get_column_names()
    with result.collect() as said:
        for values in said:
            row = dict(zip(names, values, strict=True))
            price = DailyPrice(
                day=row["observed_at"] // DAY_MS,
                product_id=row["product_key"],
                price=int(row["price_usd"] * UNITS_PER_USD),
            )
            yield price, {name: _units(row[name]) for name in names[names.index(FIRST) :]}


def _units(value: Any) -> int | bool | None:
    """Money in 1/10000 USD; what is no money as it is."""
    if isinstance(value, Decimal):
        return int(value * UNITS_PER_USD)
    whole: int | bool | None = value
    return whole


def _environment(jar: Path, folder: Path) -> TableEnvironment:
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
