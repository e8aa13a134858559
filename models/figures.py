"""The figures of a pricing model, and the baselines that stand beside them."""

from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from models import linear
from models.data import PRICE_BANDS_USD, Products, band_name, price_band
from models.trained import MIN_TITLES, hashed
from udfs.pricing.features import Vocabularies

Floats = npt.NDArray[np.float64]
FEW = 50  # groups smaller than this are left out of tables: their figures are noise


class Figures(NamedTuple):
    """Of n products; None where a baseline has no interval."""

    n: int
    answered: float
    """Share of products with an estimate; the other figures are over these."""
    medape: float
    """Median of |estimate - price| / price, percent."""
    rmsle: float
    mae_usd: float
    within_20: float
    """Percent of estimates within 20 % of the price."""
    coverage: float | None
    """Percent of prices within p10..p90; 80 is right."""
    width: float | None
    """Median of p90 / p10."""


def measure(price_usd: Floats, estimate_usd: Floats) -> Figures:
    """Compare prices (n,) with estimates: (n,) points, or (n, 3) quantiles."""
    points = estimate_usd if estimate_usd.ndim == 1 else estimate_usd[:, 1]
    is_answered = np.isfinite(points)
    price, point = price_usd[is_answered], points[is_answered]
    miss = np.abs(point - price) / price
    coverage = width = None
    if estimate_usd.ndim == 2:
        low, _, high = estimate_usd[is_answered].T
        coverage = float(np.mean((low <= price) & (price <= high)) * 100)
        width = float(np.median(high / low))
    return Figures(
        n=len(price_usd),
        answered=float(is_answered.mean()),
        medape=float(np.median(miss) * 100),
        rmsle=float(np.sqrt(np.mean((np.log1p(point) - np.log1p(price)) ** 2))),
        mae_usd=float(np.mean(np.abs(point - price))),
        within_20=float(np.mean(miss <= 0.2) * 100),
        coverage=coverage,
        width=width,
    )


def by_band(products: Products, estimate_usd: Floats) -> dict[str, Figures]:
    """Figures by band of the true price."""
    bands = price_band(products.price_usd)
    names = np.array([band_name(band) for band in range(len(PRICE_BANDS_USD) - 1)], object)
    return _by(names[bands], products.price_usd, estimate_usd, list(names))


def by_source(products: Products, estimate_usd: Floats) -> dict[str, Figures]:
    """Figures by where the price came from."""
    names = sorted(set(products.sources))
    return _by(products.sources, products.price_usd, estimate_usd, names)


def by_category(products: Products, estimate_usd: Floats) -> dict[str, Figures]:
    """Figures by category."""
    categories = np.array([name or "unknown" for name in products.categories], object)
    return _by(categories, products.price_usd, estimate_usd, sorted(set(categories)))


def _by(
    keys: npt.NDArray[Any], price_usd: Floats, estimate_usd: Floats, names: list[str]
) -> dict[str, Figures]:
    found = {}
    for name in names:
        rows = keys == name
        if np.count_nonzero(rows) >= FEW:
            found[name] = measure(price_usd[rows], estimate_usd[rows])
    return found


def category_median(train: Products, products: Products) -> Floats:
    """Baseline: the median price of the category, (n,) USD."""
    categories = np.array([name or "" for name in train.categories], object)
    median = {name: np.median(train.price_usd[categories == name]) for name in set(categories)}
    every = float(np.median(train.price_usd))
    return np.array([median.get(name or "", every) for name in products.categories])


def ridge_tfidf(train: Products, products: Products) -> Floats:
    """Baseline: ridge on TF-IDF of words and character n-grams, brand and category; (n,) USD."""
    hashes = hashed(train)
    vocabularies = Vocabularies.fit(hashes, MIN_TITLES)
    sizes = {kind: len(getattr(vocabularies, kind)) for kind in vocabularies._fields}
    model = linear.fit(vocabularies.features(hashes), sizes, train.log_price())
    found = model.predict(vocabularies.features(hashed(products)))[:, 0]
    return np.maximum(np.expm1(found), 0.01)


def table(rows: dict[str, Figures]) -> str:
    """As a Markdown table, the head included."""
    lines = [
        "| | n | MedAPE % | RMSLE | MAE $ | within 20 % | p10-p90 holds % | p90/p10 |",
        "|---|---:|---:|---:|---:|---:|---:|---:|",
    ]
    for name, row in rows.items():
        coverage = "" if row.coverage is None else f"{row.coverage:.1f}"
        width = "" if row.width is None else f"{row.width:.2f}"
        lines.append(
            f"| {name} | {row.n:,} | {row.medape:.1f} | {row.rmsle:.3f} | {row.mae_usd:.1f} "
            f"| {row.within_20:.1f} | {coverage} | {width} |"
        )
    return "\n".join(lines)
