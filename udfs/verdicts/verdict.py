"""The verdict on a batch of offers."""

from dataclasses import dataclass
from enum import StrEnum

import numpy as np

from udfs.verdicts.evidence import Bools, Evidence, Floats, Texts, fair_usd
from udfs.verdicts.reasons import ReasonCode, sentence

# Under this part of the expected price an offer is a glitch until something confirms it; among
# 97,000 real daily prices 3 were under a tenth of the product's median. The same part is in
# ProductHistory.java, which holds such a price back from the lows.
GLITCH_RATIO = 0.1
# An offer this much over the model's 90th percentile says more of the model than of the seller.
BEYOND_RATIO = 2.0
# Within this part of the usual price an offer is "about" it.
ABOUT_RATIO = 0.05
# An all-time low counts from this many days on record.
MIN_DAYS_FOR_LOW = 14
# Within this part of the all-time low a price is near it.
NEAR_RATIO = 0.05
# A list price this much over the usual price was made up.
INFLATED_RATIO = 1.2


class Verdict(StrEnum):
    """What Deal Finder thinks of an offer."""

    BARGAIN = "bargain"
    FAIR = "fair"
    OVERPRICED = "overpriced"
    SUSPECT = "suspect"
    UNKNOWN = "unknown"


class LowBadge(StrEnum):
    """Where a price stands against the lowest on record."""

    NONE = "none"
    NEAR_LOW = "near_low"
    AT_LOW = "at_low"


@dataclass(frozen=True)
class Verdicts:
    """Of a batch of n offers.

    Attributes:
        fair_usd: (n, 3) p10, p50, p90 in USD; NaN = no estimate.
        is_from_history: (n,) the fair price is the product's own, else the model's.
        verdict: (n,) Verdict.
        low_badge: (n,) LowBadge.
        reason_codes: n tuples of ReasonCode, never empty.
        reasons: n tuples of sentences, in the same order.
    """

    fair_usd: Floats
    is_from_history: Bools
    verdict: Texts
    low_badge: Texts
    reason_codes: list[tuple[ReasonCode, ...]]
    reasons: list[tuple[str, ...]]


def judge(evidence: Evidence) -> Verdicts:
    """Judge each offer by the product's own past, else by the model.

    An offer is a bargain when it is under the 10th percentile of its fair price, or when it is the
    all-time low of 14 days or more and clearly under its usual price. A price under a tenth of
    either is suspect until a second look confirms it. The seller's list price changes no verdict.
    The model alone never makes a bargain of a second-hand or a free item, and where it is far off
    it does not know the product.
    """
    fair = fair_usd(evidence)
    price = evidence.price_usd
    known = np.isfinite(fair).all(axis=1) & np.isfinite(price)
    with np.errstate(invalid="ignore"):
        is_extreme = known & (price < GLITCH_RATIO * fair[:, 1]) & (price > 0)
        # Its own past knows better than the model whether a price is held.
        is_glitch = (evidence.is_held & (price > 0)) | (
            is_extreme & ~evidence.has_history & ~evidence.is_repeated
        )
        is_under = known & (price < fair[:, 0])
        is_over = known & (price > fair[:, 2])
        is_beyond = is_over & ~evidence.has_history & (price > BEYOND_RATIO * fair[:, 2])
        badge = _low_badge(evidence)
        is_low = (badge == LowBadge.AT_LOW) & (price < (1 - ABOUT_RATIO) * evidence.typical_usd)
    # What others gave away says nothing of what the model was trained on: paid, new items.
    is_beyond_model = ~evidence.has_history & (evidence.is_second_hand | (price == 0))
    is_bargain = (is_under & ~is_beyond_model) | is_low
    verdict = np.select(
        [is_glitch, ~known | is_beyond, is_bargain, is_over],
        [Verdict.SUSPECT, Verdict.UNKNOWN, Verdict.BARGAIN, Verdict.OVERPRICED],
        Verdict.FAIR,
    ).astype(object)
    codes = _codes(
        evidence,
        fair,
        {
            ReasonCode.IMPLAUSIBLY_LOW: is_glitch,
            ReasonCode.CONFIRMED_LOW: is_extreme & evidence.is_repeated & ~is_glitch,
            ReasonCode.ALL_TIME_LOW: badge == LowBadge.AT_LOW,
            ReasonCode.NEAR_LOW: badge == LowBadge.NEAR_LOW,
            ReasonCode.BEYOND_MODEL: is_beyond,
            ReasonCode.NO_ESTIMATE: ~known,
        },
    )
    return Verdicts(
        fair_usd=fair,
        is_from_history=evidence.has_history,
        verdict=verdict,
        low_badge=badge,
        reason_codes=codes,
        reasons=[
            tuple(sentence(code, evidence, fair, row) for code in row_codes)
            for row, row_codes in enumerate(codes)
        ],
    )


def _low_badge(evidence: Evidence) -> Texts:
    """At or near the all-time low of enough days; the price that it always has is no such low."""
    price, low = evidence.price_usd, evidence.all_time_low_usd
    with np.errstate(invalid="ignore"):
        can_be_low = (
            (evidence.days_observed >= MIN_DAYS_FOR_LOW)
            & (price < evidence.typical_usd)
            & ~evidence.is_held
        )
        return np.select(
            [can_be_low & (price <= low), can_be_low & (price <= (1 + NEAR_RATIO) * low)],
            [LowBadge.AT_LOW, LowBadge.NEAR_LOW],
            LowBadge.NONE,
        ).astype(object)


def _codes(
    evidence: Evidence, fair: Floats, found: dict[ReasonCode, Bools]
) -> list[tuple[ReasonCode, ...]]:
    """The reasons of each offer: those found with the verdict, and the others."""
    price, typical, claimed = evidence.price_usd, evidence.typical_usd, evidence.list_price_usd
    history, previous = evidence.has_history, evidence.previous_price_usd
    model = ~found[ReasonCode.NO_ESTIMATE] & ~history
    has_claim = np.isfinite(claimed) & (claimed > price)
    with np.errstate(invalid="ignore"):
        is_charged = claimed <= (1 + ABOUT_RATIO) * evidence.all_time_high_usd
        is_low = (price < typical) & (price <= evidence.low_90d_usd) & ~evidence.is_held
        holds: dict[ReasonCode, Bools] = found | {
            ReasonCode.EXPIRED: evidence.is_expired,
            ReasonCode.FREE: price == 0,
            ReasonCode.LOW_90D: history & is_low & ~found[ReasonCode.ALL_TIME_LOW],
            ReasonCode.UNDER_USUAL: history & (price < (1 - ABOUT_RATIO) * typical),
            ReasonCode.ABOUT_USUAL: history & (np.abs(price - typical) <= ABOUT_RATIO * typical),
            ReasonCode.OVER_USUAL: history & (price > (1 + ABOUT_RATIO) * typical),
            ReasonCode.SHORT_HISTORY: ~history,
            ReasonCode.UNDER_MODEL: model & (price < fair[:, 0]),
            ReasonCode.WITHIN_MODEL: model & (price >= fair[:, 0]) & (price <= fair[:, 2]),
            ReasonCode.OVER_MODEL: model & (price > fair[:, 2]) & ~found[ReasonCode.BEYOND_MODEL],
            ReasonCode.SECOND_HAND: model & evidence.is_second_hand,
            ReasonCode.LIST_PRICE_UNPROVEN: has_claim & ~history,
            ReasonCode.LIST_PRICE_NEVER_CHARGED: has_claim & history & ~is_charged,
            ReasonCode.LIST_PRICE_INFLATED: has_claim
            & history
            & is_charged
            & (claimed > INFLATED_RATIO * typical),
            ReasonCode.PRICE_FELL: price < previous,
            ReasonCode.PRICE_ROSE: price > previous,
        }
    order = [code for code in ReasonCode if code in holds]
    found_in: list[list[ReasonCode]] = [[] for _ in price]
    rows, columns = np.nonzero(np.column_stack([holds[code] for code in order]))
    for row, column in zip(rows.tolist(), columns.tolist(), strict=True):
        found_in[row].append(order[column])
    return [tuple(codes) for codes in found_in]
