"""CSV files of offers: read whole, columns added, written again."""

import csv
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np

Row = dict[str, str]


class TableError(Exception):
    """The input is no table of offers, or the output cannot be written."""


def read(
    path: Path, needed: Sequence[str], added: Callable[[Sequence[str]], Sequence[str]]
) -> tuple[list[str], list[Row]]:
    """Read a CSV file: its columns and its rows.

    Args:
        path: A CSV file in UTF-8 with a header.
        needed: Columns that must be there.
        added: The columns that will be added to these.

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
    if missing := [name for name in needed if name not in columns]:
        message = f"{path}: column {', '.join(missing)} is missing; needed: {', '.join(needed)}"
        raise TableError(message)
    if taken := [name for name in added(columns) if name in columns]:
        message = f"{path}: column {', '.join(taken)} is there already and would be overwritten"
        raise TableError(message)
    if any(None in row for row in rows):
        message = f"{path}: a row has more cells than there are columns"
        raise TableError(message)
    return columns, rows


def write(path: Path, columns: Sequence[str], rows: Sequence[Row]) -> None:
    """Write rows as CSV.

    Raises:
        TableError: the file cannot be written.
    """
    try:
        with path.open("w", encoding="utf-8", newline="") as file:
            writer = csv.DictWriter(file, columns)
            writer.writeheader()
            writer.writerows(rows)
    except OSError as error:
        message = f"cannot write {path}: {error.strerror}"
        raise TableError(message) from error


def amounts(rows: list[dict[str, str]], column: str) -> np.ndarray[Any, np.dtype[np.float64]]:
    """(n,) USD of a column; NaN where the cell, or the column, is empty or no finite number."""
    found = np.full(len(rows), np.nan)
    for at, row in enumerate(rows):
        try:
            found[at] = float(row.get(column, ""))
        except ValueError:
            continue
    return np.where(np.isfinite(found), found, np.nan)
