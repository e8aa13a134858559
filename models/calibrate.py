"""Blend of the members, and the p10..p90 interval calibrated on out-of-fold predictions.

The interval is conformal: within each cell (band of the predicted price, brand or category given
or not) the networks' own gaps below and above the median are stretched until a tenth of the known
prices falls below and a tenth above.
"""

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from models.data import price_band
from udfs.pricing.stack import LEAST_GAP

Floats = npt.NDArray[np.float64]

# Of the predicted price, in USD; the true price is unknown where this is served.
BANDS_USD = (10.0, 20.0, 35.0, 60.0, 110.0, 200.0, 400.0, 900.0)
TAIL = 0.1
FEW = 50  # rows of a cell that are too few
BALANCE = 0.5  # 0: each band of the predicted price holds alike; 1: each of the true one
TAILS = (0.02, 0.3)
ROUNDS, STEP = 12, 0.3


class Blend(NamedTuple):
    """How the members' answers become p10, p50, p90."""

    ridge_share: Floats
    """(2,) weight of the ridge without side and with; the networks' mean has the rest."""
    stretch: Floats
    """(2 * bands, 2) factor on the gap below and above, by cell."""

    def cells(self, median: Floats, has_side: npt.NDArray[np.bool_]) -> npt.NDArray[np.int64]:
        """(n,) cell of each prediction (log price)."""
        edges = np.log1p(np.array(BANDS_USD))
        return np.digitize(median, edges) + (len(edges) + 1) * has_side

    def median(self, bags: Floats, ridge: Floats, has_side: npt.NDArray[np.bool_]) -> Floats:
        """(n,) log price; bags (n, members, 3) and ridge (n, 2: with side, without)."""
        share = self.ridge_share[has_side.astype(int)]
        chosen = np.where(has_side, ridge[:, 0], ridge[:, 1])
        return (1 - share) * bags[:, :, 1].mean(axis=1) + share * chosen

    def quantiles(self, bags: Floats, ridge: Floats, has_side: npt.NDArray[np.bool_]) -> Floats:
        """(n, 3) log price, ascending."""
        median = self.median(bags, ridge, has_side)
        stretch = self.stretch[self.cells(median, has_side)]
        low, high = gaps(bags)
        return np.stack(
            [median - stretch[:, 0] * low, median, median + stretch[:, 1] * high], axis=1
        )


def gaps(bags: Floats) -> tuple[Floats, Floats]:
    """Mean gap of the networks below and above their medians, (n,) each, at least LEAST_GAP."""
    low = (bags[:, :, 1] - bags[:, :, 0]).mean(axis=1)
    high = (bags[:, :, 2] - bags[:, :, 1]).mean(axis=1)
    return np.maximum(low, LEAST_GAP), np.maximum(high, LEAST_GAP)


def fit(bags: Floats, ridge: Floats, has_side: npt.NDArray[np.bool_], log_price: Floats) -> Blend:
    """Fit on out-of-fold predictions of n rows."""
    shares = np.zeros(2)
    for side in (0, 1):
        rows = has_side == bool(side)
        if rows.any():
            shares[side] = _best_share(bags[rows], ridge[rows][:, 1 - side], log_price[rows])
    blend = Blend(shares, np.ones((2 * (len(BANDS_USD) + 1), 2)))
    median = blend.median(bags, ridge, has_side)
    cells = blend.cells(median, has_side)
    found = np.stack(gaps(bags), axis=1)
    return blend._replace(stretch=stretches(cells, len(blend.stretch), median, found, log_price))


def stretches(
    cells: npt.NDArray[np.int64], count: int, median: Floats, gaps_: Floats, log_price: Floats
) -> Floats:
    """(count, 2) factors on the gaps (n, 2) with which a tenth of a cell falls on either side.

    Prices in the middle are held too often then, and dear ones too seldom, for an estimate errs
    towards the middle. So the tenth is moved half-way to where each band of the true price is held
    alike.
    """
    miss = np.stack([median - log_price, log_price - median], axis=1) / gaps_
    is_large = np.bincount(cells, minlength=count) >= FEW
    bands = price_band(np.expm1(log_price))
    members = np.maximum(np.bincount(bands), 1)
    tails = np.full(count, TAIL)
    for _ in range(ROUNDS):
        found = _factors(miss, cells, tails, is_large)
        inside = (miss <= found[cells]).all(axis=1)
        surplus = np.bincount(bands, inside) / members - (1 - 2 * TAIL)
        wanted = np.bincount(cells, surplus[bands], minlength=count)
        wanted /= np.maximum(np.bincount(cells, minlength=count), 1)
        tails = np.where(is_large, np.clip(tails + STEP * wanted, *TAILS), TAIL)
    return _factors(miss, cells, TAIL + BALANCE * (tails - TAIL), is_large)


def _factors(
    miss: Floats, cells: npt.NDArray[np.int64], tails: Floats, is_large: npt.NDArray[np.bool_]
) -> Floats:
    found = np.ones((len(tails), 2))
    for cell, tail in enumerate(tails.tolist()):
        # Of a cell too small to find a tenth of: the calibration of all.
        rows = cells == cell if is_large[cell] else np.ones(len(cells), bool)
        for column in (0, 1):
            found[cell, column] = max(0.05, _upper_tail(miss[rows, column], tail))
    return found


def _best_share(bags: Floats, ridge: Floats, log_price: Floats) -> float:
    shares = np.linspace(0, 1, 41)
    mean = bags[:, :, 1].mean(axis=1)
    errors = [np.mean(np.abs((1 - s) * mean + s * ridge - log_price)) for s in shares]
    return float(shares[int(np.argmin(errors))])


def _upper_tail(miss: Floats, tail: float) -> float:
    """The conformal quantile: at most `tail` of new rows lie above, whatever their distribution."""
    level = min(1.0, np.ceil((len(miss) + 1) * (1 - tail)) / len(miss))
    return float(np.quantile(miss, level, method="higher"))
