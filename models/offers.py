"""Simulated shop offers on products of known fair price; half the sellers invent a list price.

One offer in ten is a deal, at 30-70 % of the fair price; the others ask 80-115 %. An honest
seller's list price is about the fair price; a dishonest one derives it from the offer. The draws
are those of simulate_offers.py of the training data: the same seed gives the same offers.
"""

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
TOP_SHARE = 0.05


class Offers(NamedTuple):
    """n offers."""

    offer_usd: Floats
    list_usd: Floats
    is_deal: npt.NDArray[np.bool_]
    """The offer is at least 30 % below the fair price."""


def simulate(fair_usd: Floats, seed: int) -> Offers:
    """One offer for each fair price (n,), in USD."""
    random = np.random.default_rng(seed)
    count = len(fair_usd)
    is_deal = random.random(count) < 0.1
    # Both are drawn for every row, as in simulate_offers.py, or the sequences would part.
    deal, other = random.uniform(0.3, 0.7, count), random.uniform(0.8, 1.15, count)
    offer = fair_usd * np.where(is_deal, deal, other)
    is_invented = random.random(count) < 0.5
    honest = fair_usd * random.uniform(0.95, 1.1, count)
    invented = offer / (1 - random.uniform(0.2, 0.7, count))
    list_usd = np.maximum(np.where(is_invented, invented, honest), offer * 1.01)
    return Offers(offer.round(2), list_usd.round(2), is_deal)


def precision_top(score: Floats, is_deal: npt.NDArray[np.bool_], share: float = TOP_SHARE) -> float:
    """Percent of deals among the `share` of offers with the highest score; NaN ranks last."""
    count = max(1, round(len(score) * share))
    ranked = np.argsort(-np.nan_to_num(score, nan=-np.inf), kind="stable")
    return float(is_deal[ranked[:count]].mean() * 100)
