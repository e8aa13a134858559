"""Daily prices of products, from a file."""

import csv
import gzip
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal, InvalidOperation
from pathlib import Path

# Money is counted in 1/10000 USD, as decimal(18, 4) has it.
UNITS_PER_USD = 10_000
DAY_MS = 86_400_000
_EPOCH = date(1970, 1, 1)


@dataclass(frozen=True, order=True)
class DailyPrice:
    """What a product cost on a UTC day.

    Attributes:
        day: Days since 1970.
        product_id: The product.
        price: In 1/10000 USD.
    """

    day: int
    product_id: str
    price: int


def read_prices(path: Path, column: str) -> Iterator[DailyPrice]:
    """Rows of a CSV file with product_id, date (ISO 8601) and prices in USD; .gz is unpacked.

    Raises:
        ValueError: a column is missing, or a value is no date or no price of four decimals.
    """
    opened = gzip.open if path.suffix == ".gz" else open
    with opened(path, "rt", encoding="utf-8", newline="") as file:
        rows = csv.DictReader(file)
        missing = {"product_id", "date", column} - set(rows.fieldnames or ())
        if missing:
            message = f"{path}: no column {', '.join(sorted(missing))}"
            raise ValueError(message)
        for row in rows:
            try:
                price = _units(row[column])
                day = (date.fromisoformat(row["date"]) - _EPOCH).days
            except (InvalidOperation, ValueError):
                message = f"{path}, line {rows.line_num}: no day with a price in {column}"
                raise ValueError(message) from None
            yield DailyPrice(day, row["product_id"], price)


def _units(text: str) -> int:
    units = Decimal(text) * UNITS_PER_USD
    if units < 0 or units != units.to_integral_value():
        message = "not a price of four decimals"
        raise ValueError(message)
    return int(units)


def usd(price: int) -> str:
    """`24.9900`."""
    return f"{Decimal(price) / UNITS_PER_USD:.4f}"


def day_text(day: int) -> str:
    """`2025-01-31`."""
    return datetime.fromtimestamp(day * DAY_MS / 1000, UTC).date().isoformat()
