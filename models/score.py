"""Price the offers of a CSV file with the very code of the jobs.

    python -m models.score --in titles.csv --out prices.csv [--model models/fair-price-v1]

Needs the columns title, brand, category (empty cells are unknown); keeps every column as it is and
adds p10, p50, p90 in USD, empty where there is no estimate.
"""

import argparse
import csv
import sys
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from models.speed import rows_per_core_s
from udfs.pricing.model import FairPriceModel, ModelError

NEEDED = ("title", "brand", "category")
ADDED = ("p10", "p50", "p90")


class TableError(Exception):
    """The input is no table of offers."""


def read(path: Path) -> tuple[list[str], list[dict[str, str]]]:
    """Read a CSV file: its columns and its rows.

    Raises:
        TableError: it is absent, no UTF-8 CSV, lacks a column, or has one that would be added.
    """
    csv.field_size_limit(1 << 24)  # a hostile title is long, and still a row
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            reader = csv.DictReader(file, restval="")
            columns = list(reader.fieldnames or [])
            rows = list(reader)
    except OSError as error:
        message = f"cannot read {path}: {error.strerror}"
        raise TableError(message) from error
    except (UnicodeDecodeError, csv.Error) as error:
        message = f"{path} is no CSV file in UTF-8: {error}"
        raise TableError(message) from error
    if missing := [name for name in NEEDED if name not in columns]:
        message = f"{path}: column {', '.join(missing)} is missing; needed: {', '.join(NEEDED)}"
        raise TableError(message)
    if taken := [name for name in ADDED if name in columns]:
        message = f"{path}: column {', '.join(taken)} is there already and would be overwritten"
        raise TableError(message)
    if any(None in row for row in rows):
        message = f"{path}: a row has more cells than there are columns"
        raise TableError(message)
    return columns, rows


def main(arguments: Sequence[str] | None = None) -> int:
    """Read, price, write; print how many rows and how fast."""
    parser = argparse.ArgumentParser(
        prog="python -m models.score", description="Price the offers of a CSV file."
    )
    parser.add_argument("--in", dest="source", type=Path, required=True, metavar="CSV")
    parser.add_argument("--out", type=Path, required=True, metavar="CSV")
    parser.add_argument("--model", type=Path, default=Path(__file__).parent / "fair-price-v1")
    parser.add_argument("--batch", type=int, default=256)
    options = parser.parse_args(arguments)
    if options.batch < 1:
        parser.error("--batch must be at least 1")
    try:
        columns, rows = read(options.source)
        model = FairPriceModel.load(options.model)
    except (TableError, ModelError) as error:
        print(error, file=sys.stderr)
        return 2
    titles, brands, categories = ([row[name] for row in rows] for name in NEEDED)
    found, speed = rows_per_core_s(model, titles, brands, categories, options.batch)
    for row, answer in zip(rows, found.tolist(), strict=True):
        row.update(
            {
                name: "" if np.isnan(value) else f"{value:.2f}"
                for name, value in zip(ADDED, answer, strict=True)
            }
        )
    try:
        with options.out.open("w", encoding="utf-8", newline="") as file:
            writer = csv.DictWriter(file, [*columns, *ADDED])
            writer.writeheader()
            writer.writerows(rows)
    except OSError as error:
        print(f"cannot write {options.out}: {error.strerror}", file=sys.stderr)
        return 2
    without = int(np.isnan(found[:, 1]).sum())
    print(
        f"{options.out}: {len(rows):,} offers priced by {model.version}, {without:,} without "
        f"estimate; {speed:,.0f} rows/core-s in batches of {options.batch}"
    )
    return 0


if __name__ == "__main__":
    sys.exit(main())
