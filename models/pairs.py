"""Labelled pairs of offers: reading pairs.csv.gz, and how well a choice among them is."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
import pandas as pd

from models import match, table
from models.data import DataError
from udfs.matching.matcher import one_to_one

PAIRS, CATALOGUE = "pairs.csv.gz", "er_catalogue.csv.gz"

Floats = npt.NDArray[np.float64]
Bools = npt.NDArray[np.bool_]


class Pairs(NamedTuple):
    """n labelled pairs."""

    rows: list[table.Row]
    datasets: npt.NDArray[Any]
    is_same: Bools
    is_train: Bools
    has_same_words: Bools
    """Two titles of the same words: one product key as a rule, and nothing left to link."""

    def one_to_one(self, scores: Floats) -> Bools:
        """The pairs that remain if each offer is used once."""
        left, right = ([row[f"{side}_id"] for row in self.rows] for side in ("left", "right"))
        return one_to_one(scores, left, right)


def read(path: Path, columns: Sequence[str]) -> list[table.Row]:
    """Rows of a gzipped table.

    Raises:
        DataError: it is absent or lacks a column.
    """
    if not path.is_file():
        message = f"no {path}: name the folder of the training data with --data"
        raise DataError(message)
    frame = pd.read_csv(path, dtype=str).fillna("")
    if missing := [name for name in columns if name not in frame]:
        message = f"{path}: column {', '.join(missing)} is missing"
        raise DataError(message)
    return frame.to_dict("records")


def read_pairs(folder: Path) -> Pairs:
    """The labelled pairs of the folder."""
    rows = read(folder / PAIRS, (*match.NEEDED, "left_id", "right_id", "dataset", "label", "split"))
    return Pairs(
        rows,
        np.array([row["dataset"] for row in rows]),
        np.array([row["label"] == "1" for row in rows]),
        np.array([row["split"] == "train" for row in rows]),
        np.array([match.has_same_words(row) for row in rows]),
    )


def f1(is_same: Bools, chosen: Bools) -> dict[str, float]:
    """Precision, recall and F1 of what was chosen."""
    right = int((is_same & chosen).sum())
    precision, recall = right / max(int(chosen.sum()), 1), right / max(int(is_same.sum()), 1)
    both = precision + recall
    return {
        "precision": round(precision, 4),
        "recall": round(recall, 4),
        "f1": round(2 * precision * recall / both, 4) if both else 0.0,
    }
