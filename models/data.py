"""Products with known prices: reading market.csv.gz, folds, fingerprint."""

from hashlib import sha256
from pathlib import Path
from typing import Any, NamedTuple, Self
from zlib import crc32

import numpy as np
import numpy.typing as npt
import pandas as pd

COLUMNS = ("source", "title", "brand", "category", "price", "group_id", "split")
DEFAULT_FOLDER = Path("../shared/data")
PRICE_BANDS_USD = (0.0, 20.0, 50.0, 100.0, 250.0, 1000.0, np.inf)


class DataError(Exception):
    """The training data is absent or not what training needs."""


class Products(NamedTuple):
    """n products; every field has n entries."""

    titles: list[str]
    brands: list[str | None]
    categories: list[str | None]
    sources: npt.NDArray[Any]
    price_usd: npt.NDArray[np.float64]
    groups: npt.NDArray[Any]
    """Near-duplicates share one; they never stand on both sides of a split."""

    def take(self, at: npt.NDArray[Any]) -> Self:
        """The products at these places (integers, or a mask of n)."""
        places = np.flatnonzero(at) if at.dtype == bool else at
        return type(self)(
            [self.titles[i] for i in places],
            [self.brands[i] for i in places],
            [self.categories[i] for i in places],
            self.sources[places],
            self.price_usd[places],
            self.groups[places],
        )

    def titles_only(self) -> Self:
        """The same products, brand and category unknown, as most feeds have them."""
        nothing: list[str | None] = [None] * len(self.titles)
        return self._replace(brands=nothing, categories=nothing)

    def log_price(self) -> npt.NDArray[np.float64]:
        """(n,) log(1 + USD), the scale of RMSLE and of the model's inside."""
        return np.log1p(self.price_usd)


def load(folder: Path) -> dict[str, Products]:
    """Read market.csv.gz.

    Args:
        folder: holds market.csv.gz with at least COLUMNS.

    Returns:
        products by split: "train", "dev".

    Raises:
        DataError: the file is not there, lacks a column or a split, or has a price <= 0.
    """
    path = folder / "market.csv.gz"
    if not path.is_file():
        message = f"no {path}: name the folder of the training data with --data"
        raise DataError(message)
    frame = pd.read_csv(path, dtype={"title": str, "brand": str, "category": str, "group_id": str})
    if missing := [column for column in COLUMNS if column not in frame]:
        message = f"{path}: column {', '.join(missing)} is missing"
        raise DataError(message)
    if not (frame["price"] > 0).all():
        message = f"{path}: price must be > 0 USD in every row"
        raise DataError(message)
    splits = {str(name): products_of(rows) for name, rows in frame.groupby("split")}
    if absent := {"train", "dev"} - splits.keys():
        message = f"{path}: no rows of split {', '.join(sorted(absent))}"
        raise DataError(message)
    return splits


def products_of(frame: pd.DataFrame) -> Products:
    """Rows with COLUMNS as products."""
    return Products(
        frame["title"].fillna("").tolist(),
        [name if isinstance(name, str) else None for name in frame["brand"]],
        [name if isinstance(name, str) else None for name in frame["category"]],
        frame["source"].to_numpy(object),
        frame["price"].to_numpy(np.float64),
        frame["group_id"].to_numpy(object),
    )


def folds(products: Products, count: int) -> npt.NDArray[np.int64]:
    """(n,) fold 0..count-1 of each product; a group is never split, whatever the row order."""
    return np.array([crc32(str(group).encode()) % count for group in products.groups])


def fingerprint(folder: Path) -> str:
    """Sha256 of market.csv.gz."""
    return sha256((folder / "market.csv.gz").read_bytes()).hexdigest()


def price_band(price_usd: npt.NDArray[np.float64]) -> npt.NDArray[np.int64]:
    """(n,) index of the band of PRICE_BANDS_USD that each price lies in."""
    return np.digitize(price_usd, PRICE_BANDS_USD[1:-1])


def band_name(band: int) -> str:
    """The band as a reader sees it.

    >>> band_name(0), band_name(5)
    ('< $20', '>= $1,000')
    """
    low, high = PRICE_BANDS_USD[band], PRICE_BANDS_USD[band + 1]
    if low == 0:
        return f"< ${high:,.0f}"
    return f">= ${low:,.0f}" if np.isinf(high) else f"${low:,.0f}-{high:,.0f}"
