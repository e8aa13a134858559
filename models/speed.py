"""How fast the serving code is: rows a core-second, start."""

import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from udfs.pricing.model import FairPriceModel, Size


def rows_per_core_s(
    model: FairPriceModel,
    titles: Sequence[Any],
    brands: Sequence[Any],
    categories: Sequence[Any],
    batch: int = 256,
) -> tuple[np.ndarray[Any, np.dtype[np.float64]], float]:
    """Price all rows in batches.

    Returns:
        (n, 3) USD, and rows a second of processor time, text processing included.
    """
    found = [np.zeros((0, 3))]
    begin = time.process_time()
    for first in range(0, len(titles), batch):
        at = slice(first, first + batch)
        found.append(model.quantiles_usd(titles[at], brands[at], categories[at]))
    spent_s = time.process_time() - begin
    return np.concatenate(found), len(titles) / max(spent_s, 1e-9)


def start_s(folder: Path, size: Size = Size.FAST) -> tuple[FairPriceModel, float]:
    """Load and price a first offer; the model and the seconds it took."""
    begin = time.perf_counter()
    model = FairPriceModel.load(folder, size)
    model.quantiles_usd(["first offer"], [None], [None])
    return model, time.perf_counter() - begin
