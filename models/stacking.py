"""The size "accurate": weights, trees and intervals, fitted on predictions on unseen products."""

from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from scipy.optimize import nnls

from models import boosted, calibrate
from models.trained import Floats, Report
from udfs.pricing.features import Features
from udfs.pricing.stack import (
    MEMBERS,
    Opinions,
    Stack,
    combine,
    simple_estimates,
    tree_inputs,
)

if TYPE_CHECKING:
    from models.unseen import Unseen

LEAST_WEIGHT = 0.01  # so that any member can answer alone
SMOOTHING = 20  # products of the mean price that stand beside those of a brand or category
CENTS = (5.0, 3_000.0)  # expected prices beyond count as these: rare ones must not rule the trees
TAIL = 0.1
ROUNDS = 25  # of the weights; they move by less than 0.001 then
LEAST_MISS = 0.02  # log price; nearer is near enough
TOLERANCE = 1e-6  # log price


class Fitted(NamedTuple):
    """The stack, and what it said of products that its members did not see."""

    stack: Stack
    trees: boosted.Trees
    quantiles_usd: Floats
    """(m, 3) of the rows of Unseen, the trees unseen too."""


def opinions_of(networks: Floats, ridge: Floats) -> Opinions:
    """Networks (n, members, 3) and ridge (n, 2) as the graph gives them."""
    return Opinions(networks[:, :, 1], np.stack(calibrate.gaps(networks), axis=1), ridge)


def sides(features: Features, size: int, log_price: Floats) -> Floats:
    """(size + 1, 2) `Stack.sides` of n products: smoothed mean log price, log(1 + number)."""
    ids = features.side
    count = np.zeros(size + 1)
    total = np.zeros(size + 1)
    for column in (0, 1):
        count += np.bincount(ids[:, column], minlength=size + 1)
        total += np.bincount(ids[:, column], log_price, minlength=size + 1)
    mean = (total + SMOOTHING * log_price.mean()) / (count + SMOOTHING)
    found = np.stack([mean, np.log1p(count)], axis=1)
    found[0] = np.nan
    return found


def fit(
    seen: "Unseen",
    sides_: Floats,
    report: Report,
    seed: int,
    settings: dict[str, Any],
) -> Fitted:
    """Fit on m predictions.

    Args:
        seen: the predictions; the trees that judge a row have not seen its fold.
        sides_: `Stack.sides` of all of train, for serving.
        report: told of each step.
        seed: of the trees.
        settings: of the trees, in place of `boosted.TREES`.
    """
    simple = simple_estimates(seen.opinions, seen.neighbours, seen.has_side)
    first = _weights(simple[:, :-1], seen.log_price, np.ones(len(simple)))
    weights = np.stack([np.append(first, LEAST_WEIGHT)] * 2)
    start = combine(simple, weights)
    inputs = tree_inputs(
        seen.opinions, seen.neighbours, seen.sides, seen.numbers, seen.has_side, start
    )
    goal = seen.log_price - start
    weight = np.sqrt(np.clip(np.expm1(start), *CENTS))
    estimates = simple.copy()
    # Only where the others answered, as in serving.
    rows = np.isfinite(simple[:, :-1]).all(axis=1)
    names = np.unique(seen.fold)
    for at, held in enumerate(names, 1):
        report(f"trees {at}/{len(names)}")
        known, asked = rows & (seen.fold != held), rows & (seen.fold == held)
        if asked.any():
            grown = boosted.fit(inputs[known], goal[known], weight[known], seed, settings)
            estimates[asked, -1] = start[asked] + grown.predict(inputs[asked])
    report("trees: all of train")
    grown = boosted.fit(inputs[rows], goal[rows], weight[rows], seed, settings)
    weights[1] = _weights(estimates[rows], seen.log_price[rows], weight[rows])
    gaps = seen.opinions.gaps
    stack = Stack(
        weights=weights,
        sides=sides_,
        edges=np.log1p(np.array(calibrate.BANDS_USD)),
        stretch=np.ones((2 * (len(calibrate.BANDS_USD) + 1), 2)),
        silent_gaps=np.quantile(gaps, 1 - TAIL, axis=0),
    )
    median = combine(estimates, weights)
    cells = stack.cells(median, seen.has_side)
    stretch = calibrate.stretches(cells, len(stack.stretch), median, gaps, seen.log_price)
    stack = stack._replace(stretch=stretch)
    shown = (
        f"{name} {value:.2f}" for name, value in zip(MEMBERS, weights[1].tolist(), strict=True)
    )
    report(f"weights: {', '.join(shown)}")
    quantiles = stack.quantiles_usd(estimates, gaps, seen.has_side)
    return Fitted(stack, _plain(grown, inputs[rows]), quantiles)


def _plain(grown: Any, inputs: boosted.Inputs) -> boosted.Trees:
    trees, some = boosted.Trees.of(grown), inputs[:5_000]
    miss = float(np.abs(trees.added(some) - grown.predict(some)).max())
    if miss > TOLERANCE:
        message = f"trees: plain numbers and scikit-learn differ by {miss:.1e} in log price"
        raise ValueError(message)
    return trees


def _weights(estimates: Floats, log_price: Floats, weight: Floats) -> Floats:
    """(members,) > 0, their sum 1: least absolute error over the rows where all answered.

    Non-negative least squares, repeated with rows that count less the more they miss.
    """
    rows = np.isfinite(estimates).all(axis=1)
    known, goal = estimates[rows], log_price[rows]
    scale = weight[rows]
    for _ in range(ROUNDS):
        root = np.sqrt(scale)
        found, _ = nnls(known * root[:, None], goal * root)
        scale = weight[rows] / np.maximum(np.abs(goal - known @ found), LEAST_MISS)
    found = np.maximum(found, LEAST_WEIGHT)
    return np.asarray(found / found.sum())
