"""How good the deal score is on simulated offers: precision of the best, calibration by bin."""

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from models import offers
from udfs.pricing.deal_score import DealScore

Floats = npt.NDArray[np.float64]
SEED = 1  # the default of simulate_offers.py
REPEATS = 8  # more simulations of the same products, for the noise of one
BINS = (0.0, 0.02, 0.05, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.8, 1.0)


class Reliability(NamedTuple):
    """Of n products."""

    precision: float
    """Percent of deals in the top 5 %, seed SEED."""
    precision_mean: float
    """The mean over REPEATS seeds."""
    precision_no_list: float
    """Without list prices, seed SEED."""
    brier: float
    """Mean squared error of the probability."""
    calibration_error: float
    """Mean |score - share of deals| over the bins, weighted by offers."""
    bins: list[tuple[int, float, float]]
    """Offers, mean score, share of deals; by bin that holds any, over all seeds."""


def measure(score: DealScore, price_usd: Floats, quantiles_usd: Floats) -> Reliability:
    """Score simulated offers of products whose price (n,) and model quantiles (n, 3) are known."""
    nothing = np.full(len(price_usd), np.nan)
    by_model = np.zeros(len(price_usd), bool)
    scores, deals, precisions = [], [], []
    for seed in range(SEED, SEED + REPEATS):
        made = offers.simulate(price_usd, seed)
        found = score.probability(made.offer_usd, made.list_usd, quantiles_usd, by_model)
        precisions.append(offers.precision_top(found, made.is_deal))
        is_scored = np.isfinite(found)
        scores.append(found[is_scored])
        deals.append(made.is_deal[is_scored])
    made = offers.simulate(price_usd, SEED)
    bare = score.probability(made.offer_usd, nothing, quantiles_usd, by_model)
    every, deal = np.concatenate(scores), np.concatenate(deals)
    place = np.digitize(every, BINS[1:-1])
    bins = [
        (int(rows.sum()), float(every[rows].mean()), float(deal[rows].mean()))
        for rows in (place == at for at in range(len(BINS) - 1))
        if rows.any()
    ]
    return Reliability(
        precision=precisions[0],
        precision_mean=float(np.mean(precisions)),
        precision_no_list=offers.precision_top(bare, made.is_deal),
        brier=float(np.mean((every - deal) ** 2)),
        calibration_error=sum(n * abs(mean - share) for n, mean, share in bins) / len(every),
        bins=bins,
    )
