"""Reasons of a verdict: a closed list of codes, and the sentences made from them."""

from collections.abc import Callable
from enum import StrEnum
from typing import Self

import numpy as np

from udfs.verdicts.evidence import Evidence, Floats


class ReasonCode(StrEnum):
    """Why a verdict is what it is; the order is the order in which a person reads them.

    Attributes:
        when: What must hold for it.
    """

    when: str

    def __new__(cls, code: str, when: str) -> Self:
        """Make a member whose value is its code."""
        member = str.__new__(cls, code)
        member._value_ = code
        member.when = member.__doc__ = when
        return member

    EXPIRED = "expired", "the feed marks the offer as over"
    FREE = "free", "the price is 0, and the offer says so"
    IMPLAUSIBLY_LOW = (
        "implausibly_low",
        "under a tenth of the usual or expected price, and seen once: held, and no low, until a"
        " second look confirms it (another source or offer, some minutes later, another day)",
    )
    CONFIRMED_LOW = (
        "confirmed_low",
        "under a tenth of the usual or expected price, and a second look confirms it",
    )
    ALL_TIME_LOW = "all_time_low", "the lowest price on record, of 14 days or more"
    LOW_90D = "low_90d", "the lowest price in 90 days"
    NEAR_LOW = "near_low", "within 5 % of the lowest price on record, of 14 days or more"
    UNDER_USUAL = "under_usual", "more than 5 % under the usual price: the median of 90 days"
    ABOUT_USUAL = "about_usual", "within 5 % of the usual price"
    OVER_USUAL = "over_usual", "more than 5 % over the usual price"
    SHORT_HISTORY = "short_history", "fewer than three earlier days on record: no usual price"
    UNDER_MODEL = "under_model", "under the model's 10th percentile"
    WITHIN_MODEL = "within_model", "between the model's 10th and 90th percentile"
    OVER_MODEL = "over_model", "over the model's 90th percentile"
    BEYOND_MODEL = "beyond_model", "over twice the model's 90th percentile: no estimate at all"
    SIMILAR_PRODUCTS = "similar_products", "a bargain by the model: what similar products cost"
    FEW_SIMILAR = "few_similar", "a bargain by the model, which knows no product close to it"
    SECOND_HAND = "second_hand", "used, refurbished or opened, and only the model has an estimate"
    LIST_PRICE_UNPROVEN = (
        "list_price_unproven",
        "the seller names a higher former price, and the product has no usual price",
    )
    LIST_PRICE_NEVER_CHARGED = (
        "list_price_never_charged",
        "the former price that the seller names is more than 5 % over every price on record",
    )
    LIST_PRICE_INFLATED = (
        "list_price_inflated",
        "the former price that the seller names was charged once, but is more than 20 % over the"
        " usual price",
    )
    PRICE_FELL = "price_fell", "under the price of the observation before"
    PRICE_ROSE = "price_rose", "over the price of the observation before"
    NO_ESTIMATE = "no_estimate", "neither history nor model has an estimate"


def _usd(amount: float) -> str:
    """`$64`, `$64.50`."""
    amount = float(amount)  # numpy rounds one number ten times slower
    return f"${amount:,.0f}" if amount == round(amount) else f"${amount:,.2f}"


def _percent(price: float, base: float) -> str:
    return f"{abs(1 - price / base):.0%}".replace("%", " %")


def _model(fair: Floats, row: int) -> str:
    """`model says $70-$95`: in whole dollars where cents would only feign precision."""
    low, high = (_usd(round(each) if each >= 10 else each) for each in fair[row, [0, 2]].tolist())
    return f"model says {low}-{high}"


def _against_usual(evidence: Evidence, row: int, which: str) -> str:
    usual_usd = evidence.typical_usd[row]
    return f"{_percent(evidence.price_usd[row], usual_usd)} {which} its usual {_usd(usual_usd)}"


def _tenth_of(evidence: Evidence, fair: Floats, row: int) -> str:
    """What the price is under a tenth of; a fall that the next look does not show has no more."""
    for name, usd in (("its usual", evidence.typical_usd[row]), ("the expected", fair[row, 1])):
        if np.isfinite(usd) and evidence.price_usd[row] < usd / 10:
            return f"under a tenth of {name} {_usd(usd)}"
    return "far under its other prices"


def _claim(evidence: Evidence, row: int) -> str:
    return f"seller's 'was' {_usd(evidence.list_price_usd[row])}"


_Sentence = Callable[[Evidence, Floats, int], str]

# All but those on similar products, whose sentences come with the products found: similar.py.
SENTENCES: dict[ReasonCode, _Sentence] = {
    ReasonCode.EXPIRED: lambda *_: "the offer is over",
    ReasonCode.FREE: lambda *_: "free",
    ReasonCode.IMPLAUSIBLY_LOW: lambda e, fair, i: (
        f"{_tenth_of(e, fair, i)}: held until a second look confirms it"
    ),
    ReasonCode.CONFIRMED_LOW: lambda e, fair, i: (
        f"{_tenth_of(e, fair, i)}, and a second look confirms it"
    ),
    ReasonCode.ALL_TIME_LOW: lambda e, _, i: f"lowest in {e.days_observed[i]:.0f} days on record",
    ReasonCode.LOW_90D: lambda *_: "lowest in 90 days",
    ReasonCode.NEAR_LOW: lambda e, _, i: f"within 5 % of its lowest, {_usd(e.all_time_low_usd[i])}",
    ReasonCode.UNDER_USUAL: lambda e, _, i: _against_usual(e, i, "under"),
    ReasonCode.ABOUT_USUAL: lambda e, _, i: f"about its usual {_usd(e.typical_usd[i])}",
    ReasonCode.OVER_USUAL: lambda e, _, i: _against_usual(e, i, "over"),
    ReasonCode.SHORT_HISTORY: lambda e, _, i: (
        "first sighting" if e.days_observed[i] <= 1 else f"{e.days_observed[i]:.0f} days on record"
    ),
    ReasonCode.UNDER_MODEL: lambda _, fair, i: f"{_model(fair, i)}, more than this",
    ReasonCode.WITHIN_MODEL: lambda _, fair, i: _model(fair, i),
    ReasonCode.OVER_MODEL: lambda _, fair, i: f"{_model(fair, i)}, less than this",
    ReasonCode.BEYOND_MODEL: lambda _, fair, i: (
        f"{_model(fair, i)}, far less than this: it does not know the product"
    ),
    ReasonCode.SECOND_HAND: lambda e, _, i: (
        f"{str(e.condition[i]).replace('_', ' ')}: the model knows new ones only"
    ),
    ReasonCode.LIST_PRICE_UNPROVEN: lambda e, _, i: f"{_claim(e, i)} is only a claim",
    ReasonCode.LIST_PRICE_NEVER_CHARGED: lambda e, _, i: (
        f"{_claim(e, i)} was never charged in {e.days_observed[i]:.0f} days on record"
    ),
    ReasonCode.LIST_PRICE_INFLATED: lambda e, _, i: (
        f"{_claim(e, i)} is {_percent(e.list_price_usd[i], e.typical_usd[i])} over its usual price"
    ),
    ReasonCode.PRICE_FELL: lambda e, _, i: f"down from {_usd(e.previous_price_usd[i])}",
    ReasonCode.PRICE_ROSE: lambda e, _, i: f"up from {_usd(e.previous_price_usd[i])}",
    ReasonCode.NO_ESTIMATE: lambda *_: "nothing known to compare with",
}


def sentence(code: ReasonCode, evidence: Evidence, fair: Floats, row: int) -> str:
    """The reason of one offer in words.

    Args:
        code: The reason.
        evidence: The batch.
        fair: (n, 3) its fair prices in USD.
        row: Which offer of the batch.
    """
    return SENTENCES[code](evidence, fair, row)
