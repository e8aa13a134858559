"""The size "accurate": members that may abstain, weighted by how well they priced unseen products.

Four members: the networks and the ridge of the graph, the prices of similar products, and boosted
trees over what the others say. All is in log(1 + USD) until the last step.
"""

from enum import StrEnum
from pathlib import Path
from typing import NamedTuple, Self

import numpy as np
import numpy.typing as npt

from udfs.pricing.features import Features
from udfs.pricing.neighbours import Neighbours
from udfs.pricing.units import QUANTITIES
from udfs.pricing.words import Floats

FILE = "stack.npz"
TREES_FILE = "trees.onnx"
K = 24  # neighbours asked for
LEAST_GAP = 0.02  # log price; a gap of nothing cannot be stretched
LEAST_USD = 0.01
MANY = 12  # neighbours of a robust middle
_SHARPNESS = 4  # a neighbour counts by similarity ** this; chosen on folds of train among 4, 8, 12


class Member(StrEnum):
    """Who estimates; the order is that of the columns of estimates and weights."""

    NETWORKS = "networks"
    RIDGE = "ridge"
    NEIGHBOURS = "neighbours"
    TREES = "trees"


MEMBERS = tuple(Member)


class Opinions(NamedTuple):
    """What the graph says of n offers, NaN where it failed."""

    medians: Floats
    """(n, networks) log price."""
    gaps: Floats
    """(n, 2) mean gap to p10 and to p90, log price."""
    ridge: Floats
    """(n, 2) log price with brand and category, without."""

    @classmethod
    def of(cls, columns: Floats) -> Self:
        """Split the graph's output `members`, (n, networks + 4)."""
        return cls(columns[:, :-4], columns[:, -4:-2], columns[:, -2:])


class Stack(NamedTuple):
    """What was fitted, beside the members."""

    weights: Floats
    """(2, members), all > 0: where the trees abstain (theirs is unused then), and where not."""
    sides: Floats
    """(ids of side + 1, 2) mean log price of the products of a brand or category, log(1 + number);
    row 0, for unknown, is NaN."""
    edges: Floats
    """(bands - 1,) log price where a band of p50 ends."""
    stretch: Floats
    """(2 * bands, 2) factor on the gaps, by band, without category and with."""
    silent_gaps: Floats
    """(2,) gaps where no network answered."""

    @classmethod
    def load(cls, path: Path) -> Self:
        """Read what `save` wrote."""
        with np.load(path, allow_pickle=False) as arrays:
            return cls(*(arrays[name] for name in cls._fields))

    def save(self, path: Path) -> None:
        """Write as .npz."""
        np.savez(path, **self._asdict())

    def cells(self, median: Floats, has_side: npt.NDArray[np.bool_]) -> npt.NDArray[np.int64]:
        """(n,) row of `stretch` for each estimate."""
        return np.digitize(median, self.edges) + (len(self.edges) + 1) * has_side

    def quantiles_usd(
        self, estimates: Floats, gaps: Floats, has_side: npt.NDArray[np.bool_]
    ) -> Floats:
        """(n, 3) p10, p50, p90 in USD; NaN where no member answered.

        Args:
            estimates: (n, members) log price, NaN = abstains.
            gaps: (n, 2) of the networks, NaN = unknown.
            has_side: (n,) whether the category is known.
        """
        median = combine(estimates, self.weights)
        known = np.where(np.isnan(gaps), self.silent_gaps, np.maximum(gaps, LEAST_GAP))
        stretch = self.stretch[self.cells(median, has_side)] * known
        found = np.stack([median - stretch[:, 0], median, median + stretch[:, 1]], axis=1)
        return np.asarray(np.maximum(np.expm1(found), LEAST_USD))


def combine(estimates: Floats, weights: Floats) -> Floats:
    """Weighted mean of the members that answered.

    Args:
        estimates: (n, m) log price, a row an offer, a column a member; NaN or infinite = no answer.
        weights: (2, m), all > 0: rows where the last member abstains, and where it answers.

    Returns:
        (n,) log price; NaN where no member answered, never 0 for "unknown".

    Raises:
        ValueError: the shapes disagree, or a weight is not positive.

    >>> combine(np.array([[4.0, 6.0], [4.0, np.nan]]), np.array([[1.0, 1.0], [3.0, 1.0]]))
    array([4.5, 4. ])
    """
    if weights.shape != (2, estimates.shape[1]) or not (weights > 0).all():
        message = f"weights: (2, {estimates.shape[1]}) numbers > 0 are needed, not {weights}"
        raise ValueError(message)
    answered = np.isfinite(estimates)
    weight = weights[answered[:, -1].astype(int)] * answered
    total = weight.sum(axis=1)
    mean = (weight * np.where(answered, estimates, 0.0)).sum(axis=1) / np.where(total, total, 1)
    return np.where(total > 0, mean, np.nan)


def simple_estimates(
    opinions: Opinions, neighbours: Neighbours, has_side: npt.NDArray[np.bool_]
) -> Floats:
    """(n, members) log price by every member but the trees, whose column is NaN."""
    found = np.full((len(has_side), len(MEMBERS)), np.nan)
    found[:, 0] = opinions.medians.mean(axis=1)
    found[:, 1] = np.where(has_side, opinions.ridge[:, 0], opinions.ridge[:, 1])
    found[:, 2] = _mean(neighbours, MANY)[0]
    return found


def side_columns(sides: Floats, features: Features) -> Floats:
    """(n, 4) of `Stack.sides`: category, then brand."""
    return np.concatenate([sides[features.side[:, 1]], sides[features.side[:, 0]]], axis=1)


def tree_inputs(
    opinions: Opinions,
    neighbours: Neighbours,
    sides: Floats,
    numbers: npt.NDArray[np.float32],
    has_side: npt.NDArray[np.bool_],
    start: Floats,
) -> npt.NDArray[np.float32]:
    """(n, columns) what the trees see; NaN = unknown. The last column is what they start from.

    Args:
        opinions: of the graph.
        neighbours: (n, K).
        sides: (n, 4) of `side_columns`.
        numbers: (n, NUMBERS) of Features.
        has_side: (n,) whether the category is known.
        start: (n,) log price, what the other members say together.
    """
    amounts = numbers[:, : len(QUANTITIES)].astype(np.float64)
    is_there = numbers[:, len(QUANTITIES) : 2 * len(QUANTITIES)] > 0
    columns = [
        opinions.medians.mean(axis=1),
        opinions.medians.std(axis=1),
        opinions.medians,
        opinions.gaps,
        np.where(has_side, opinions.ridge[:, 0], opinions.ridge[:, 1]),
        opinions.ridge[:, 1],
        _neighbour_columns(neighbours),
        sides,
        has_side,
        np.where(is_there, amounts, np.nan),
        numbers[:, -2:],
        start,
    ]
    return np.column_stack(columns).astype(np.float32)


def _neighbour_columns(found: Neighbours) -> Floats:
    """(n, 19): means and spreads of the nearest, a median, the nearest four, how near they are."""
    columns = [_mean(found, 3)[0]]
    for k in (6, MANY, K):
        columns += _mean(found, k)
    log_price, similarity = np.log1p(found.price_usd), found.similarity
    columns.append(_median(log_price[:, :MANY], _weight(similarity[:, :MANY])))
    total = np.nan_to_num(similarity).sum(axis=1)
    return np.column_stack(
        [*columns, log_price[:, :4], similarity[:, :4], similarity[:, MANY - 1], total]
    )


def _weight(similarity: Floats) -> Floats:
    return np.asarray(np.nan_to_num(similarity) ** _SHARPNESS)


def _mean(found: Neighbours, k: int) -> tuple[Floats, Floats]:
    """Mean log price of the k nearest by similarity, and their spread; NaN without any."""
    weight = _weight(found.similarity[:, :k])
    log_price = np.nan_to_num(np.log1p(found.price_usd[:, :k]))
    total = weight.sum(axis=1)
    safe = np.where(total > 0, total, 1.0)
    mean = (weight * log_price).sum(axis=1) / safe
    variance = (weight * (log_price - mean[:, None]) ** 2).sum(axis=1) / safe
    is_none = total <= 0
    return np.where(is_none, np.nan, mean), np.where(is_none, np.nan, np.sqrt(variance))


def _median(log_price: Floats, weight: Floats) -> Floats:
    """(n,) weighted median of each row; NaN where nothing has weight."""
    order = np.argsort(np.nan_to_num(log_price, nan=np.inf), axis=1, kind="stable")
    ranked = np.take_along_axis(log_price, order, axis=1)
    share = np.cumsum(np.take_along_axis(weight, order, axis=1), axis=1)
    place = (share < 0.5 * share[:, -1:]).sum(axis=1)
    middle = ranked[np.arange(len(ranked)), np.minimum(place, ranked.shape[1] - 1)]
    return np.where(share[:, -1] > 0, middle, np.nan)
