"""What is known of a batch of offers, and the fair price that follows from it."""

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]
Texts = NDArray[np.object_]

# A product's own past is trusted from this many earlier days on: fewer could be a seller's bait.
MIN_EARLIER_DAYS = 3
# 10th and 90th percentile of price / median of the 90 days before, over 80,000 real daily prices of
# 14,700 PC parts 2023-2025 with two or more earlier dates: 0.83-0.87 and 1.14-1.25.
HISTORY_P10_RATIO = 0.83
HISTORY_P90_RATIO = 1.17
HISTORY_VERSION = "history-v1"


class Witness(StrEnum):
    """Who can say what a product is worth."""

    OWN_HISTORY = "own_history"
    MODEL = "model"
    LIST_PRICE = "list_price"


# The first of them that has an answer sets the fair price. The seller's list price is no witness
# of it: it is a claim, so it never makes a bargain, nor unmakes one.
ORDER_OF_TRUST = (Witness.OWN_HISTORY, Witness.MODEL)


@dataclass(frozen=True)
class Evidence:
    """A batch of n offers. Every array has shape (n,); prices are USD, NaN = unknown.

    Attributes:
        price_usd: What the buyer pays, >= 0.
        list_price_usd: The seller's claimed former price.
        previous_price_usd: The observation before this one, by event time.
        low_90d_usd: Lowest in 90 days, this offer included unless its price is held.
        all_time_low_usd: Lowest ever, this offer included unless its price is held.
        all_time_high_usd: Highest ever, this offer included.
        typical_usd: Median of the daily lows of the 90 days before this one.
        days_observed: Distinct days with an observation, this one included, >= 1; NaN = unknown.
        condition: new, open_box, refurbished, used or unknown.
        is_expired: The feed marks the offer as over.
        is_held: The price is extreme for the product's own past, and no second look confirms it.
        is_repeated: Another look saw about this price.
        model_usd: (n, 3) the model's p10, p50, p90; NaN = no answer.
    """

    price_usd: Floats
    list_price_usd: Floats
    previous_price_usd: Floats
    low_90d_usd: Floats
    all_time_low_usd: Floats
    all_time_high_usd: Floats
    typical_usd: Floats
    days_observed: Floats
    condition: Texts
    is_expired: Bools
    is_held: Bools
    is_repeated: Bools
    model_usd: Floats

    @property
    def has_history(self) -> Bools:
        """Whether the product's own past is long enough, and not that of a freebie."""
        with np.errstate(invalid="ignore"):
            return (self.typical_usd > 0) & (self.days_observed - 1 >= MIN_EARLIER_DAYS)

    @property
    def has_model(self) -> Bools:
        """Whether the model answered."""
        answered: Bools = np.isfinite(self.model_usd).all(axis=1)
        return answered

    @property
    def is_second_hand(self) -> Bools:
        """Whether the item is used or refurbished: the model knows prices of new ones."""
        return np.isin(self.condition, ["used", "refurbished", "open_box"])


def _by_history(evidence: Evidence) -> Floats:
    ratios = np.array([HISTORY_P10_RATIO, 1.0, HISTORY_P90_RATIO])
    return np.where(evidence.has_history[:, None], evidence.typical_usd[:, None] * ratios, np.nan)


def _by_model(evidence: Evidence) -> Floats:
    return np.where(evidence.has_model[:, None], evidence.model_usd, np.nan)


_ANSWERS: dict[Witness, Callable[[Evidence], Floats]] = {
    Witness.OWN_HISTORY: _by_history,
    Witness.MODEL: _by_model,
}


def fair_usd(evidence: Evidence) -> Floats:
    """The fair price, by the first in the order of trust that has an answer.

    Returns:
        (n, 3) p10, p50, p90 in USD; a NaN row where nothing is known, never 0 for "unknown".
    """
    fair = np.full((len(evidence.price_usd), 3), np.nan)
    for witness in ORDER_OF_TRUST:
        fair = np.where(np.isfinite(fair).all(axis=1)[:, None], fair, _ANSWERS[witness](evidence))
    return np.round(fair, 2)
