"""Member 1: two ridge regressions on TF-IDF of words and character n-grams, kept in integers.

One sees brand and category as well, the other must do without, as most feeds have neither. A
prediction is intercept + sum over kinds of  sum(weight * idf) / sqrt(sum(idf ** 2)),  the sums over
the ids of a row. The tables are integers, so a sum is exact in any order and the answer does not
depend on the batch.
"""

from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import scipy.sparse as sp
from sklearn.linear_model import Ridge

from udfs.pricing.features import Features, Ids

KINDS = ("words", "grams", "side")
WEIGHT_STEP = 2.0**-11  # of weight * idf: int16 reaches +-16 in log price
SQUARE_STEP = 2.0**-6  # of idf ** 2: int16 reaches 512
ALPHA = 1.0  # chosen on folds of train among 0.4, 1, 2


class Linear(NamedTuple):
    """Tables by kind of KINDS, and the two intercepts."""

    tables: dict[str, npt.NDArray[np.int16]]
    """(ids, 3) each: weight * idf with side and without, in WEIGHT_STEP; idf ** 2 in SQUARE_STEP;
    row 0 is zero."""
    intercepts: npt.NDArray[np.float64]
    """(2,) with side, without."""

    def predict(self, features: Features) -> npt.NDArray[np.float64]:
        """(n, 2) log price with side and without; what the graph computes, here in numpy."""
        total = np.tile(self.intercepts, (len(features.side), 1))
        for kind, table in self.tables.items():
            sums = table[getattr(features, kind)].astype(np.int64).sum(axis=1)
            norm = np.sqrt(np.maximum(sums[:, 2:] * SQUARE_STEP, 1e-9))
            total += sums[:, :2] * WEIGHT_STEP / norm
        return total


def fit(features: Features, sizes: dict[str, int], log_price: npt.NDArray[np.float64]) -> Linear:
    """Fit on n rows; `sizes` is the number of ids by kind."""
    squares: dict[str, npt.NDArray[np.int16]] = {}
    blocks = {}
    for kind in KINDS:
        matrix = counts(getattr(features, kind), sizes[kind] + 1)
        titles = np.bincount(matrix.indices, minlength=matrix.shape[1])
        idf = np.where(titles > 0, np.log(len(log_price) / np.maximum(titles, 1)) + 1, 0.0)
        squares[kind] = np.round(idf**2 / SQUARE_STEP).astype(np.int16)
        weighted = matrix @ sp.diags(np.sqrt(squares[kind] * SQUARE_STEP))
        norm = np.sqrt(np.maximum(matrix @ (squares[kind] * SQUARE_STEP), 1e-9))
        blocks[kind] = sp.diags(1 / norm) @ weighted
    tables = {kind: np.zeros((sizes[kind] + 1, 3), np.int16) for kind in KINDS}
    intercepts = np.zeros(2)
    for column, kinds in enumerate((KINDS, KINDS[:2])):
        model = Ridge(alpha=ALPHA, solver="sparse_cg", max_iter=300, tol=1e-4)
        model.fit(sp.hstack([blocks[kind] for kind in kinds]).tocsr(), log_price)
        intercepts[column] = model.intercept_
        start = 0
        for kind in kinds:
            size = sizes[kind] + 1
            weight = model.coef_[start : start + size] * np.sqrt(squares[kind] * SQUARE_STEP)
            whole = np.clip(np.round(weight / WEIGHT_STEP), -32767, 32767)
            tables[kind][:, column] = whole
            start += size
    for kind in KINDS:
        tables[kind][:, 2] = squares[kind]
    return Linear(tables, intercepts)


def counts(ids: Ids, size: int) -> sp.csr_matrix:
    """(n, size) how often a row holds each id; column 0, the filler, stays empty."""
    is_some = ids > 0
    row = np.repeat(np.arange(len(ids)), is_some.sum(axis=1))
    ones = np.ones(len(row))
    matrix = sp.csr_matrix((ones, (row, ids[is_some])), shape=(len(ids), size))
    matrix.sum_duplicates()
    return matrix
