"""Blend of the members, and the p10..p90 interval calibrated on out-of-fold predictions.

The interval is conformal: within each cell (band of the predicted price, brand or category given
or not) the networks' own gaps below and above the median are stretched until a tenth of the known
prices falls below and a tenth above.
"""

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]

# Of the predicted price, in USD; the true price is unknown where this is served.
BANDS_USD = (10.0, 20.0, 35.0, 60.0, 110.0, 200.0, 400.0, 900.0)
TAIL = 0.1
LEAST_GAP = 0.02  # log price; a gap of nothing cannot be stretched


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
    low, high = gaps(bags)
    below, above = (median - log_price) / low, (log_price - median) / high
    cells = blend.cells(median, has_side)
    for cell in range(len(blend.stretch)):
        rows = cells == cell
        if np.count_nonzero(rows) < 50:  # too few to find a tenth of: the calibration of all
            rows = np.ones(len(rows), bool)
        for column, miss in enumerate((below, above)):
            blend.stretch[cell, column] = max(0.05, _upper_tail(miss[rows]))
    return blend


def _best_share(bags: Floats, ridge: Floats, log_price: Floats) -> float:
    shares = np.linspace(0, 1, 41)
    mean = bags[:, :, 1].mean(axis=1)
    errors = [np.mean(((1 - s) * mean + s * ridge - log_price) ** 2) for s in shares]
    return float(shares[int(np.argmin(errors))])


def _upper_tail(miss: Floats) -> float:
    """The conformal quantile: at most TAIL of new rows lie above, whatever their distribution."""
    level = min(1.0, np.ceil((len(miss) + 1) * (1 - TAIL)) / len(miss))
    return float(np.quantile(miss, level, method="higher"))
