"""Products with known prices: market.csv.gz and what history.csv.gz adds; folds, fingerprint."""

from hashlib import sha256
from pathlib import Path
from typing import Any, NamedTuple, Self
from zlib import crc32

import numpy as np
import numpy.typing as npt
import pandas as pd

COLUMNS = ("source", "title", "brand", "category", "price", "group_id", "split")
HISTORY = ("history.csv.gz", "history_products.csv.gz")
HISTORY_SOURCE = "pcpart"  # where the history is from
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
    """Read market.csv.gz, and into train what only the price history knows.

    Args:
        folder: holds market.csv.gz with at least COLUMNS and, if it is to add products, product_id;
            and perhaps the files of HISTORY.

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
    frame = pd.concat([frame, _only_in_history(folder, frame)], ignore_index=True)
    splits = {str(name): products_of(rows) for name, rows in frame.groupby("split")}
    if absent := {"train", "dev"} - splits.keys():
        message = f"{path}: no rows of split {', '.join(sorted(absent))}"
        raise DataError(message)
    return splits


def _only_in_history(folder: Path, market: pd.DataFrame) -> pd.DataFrame:
    """Products of train that the market lacks, at their last price; rows with COLUMNS."""
    prices, products = (folder / name for name in HISTORY)
    if "product_id" not in market or not (prices.is_file() and products.is_file()):
        return market.iloc[:0]
    last = pd.read_csv(prices).sort_values("date", kind="stable").groupby("product_id").tail(1)
    price = last.set_index("product_id")["price_median"]
    rows = pd.read_csv(products)
    rows = rows[(rows["split"] == "train") & ~rows["product_id"].isin(market["product_id"])]
    rows = rows.assign(price=rows["product_id"].map(price), source=HISTORY_SOURCE)
    # A title that the market has belongs to that group, or a fold would know its answer.
    group = market.drop_duplicates("title").set_index("title")["group_id"]
    rows["group_id"] = rows["title"].map(group).fillna(rows["product_id"])
    of_dev = market.loc[market["split"] == "dev", "group_id"]
    return rows[(rows["price"] > 0) & ~rows["group_id"].isin(of_dev)]


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
    """Sha256 of the files that `load` reads, one after the other."""
    names = ("market.csv.gz", *HISTORY)
    found = [folder / name for name in names if (folder / name).is_file()]
    return sha256(b"".join(path.read_bytes() for path in found)).hexdigest()


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
