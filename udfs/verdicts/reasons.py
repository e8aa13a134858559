"""Reasons of a verdict: a closed list of codes, and the sentences made from them."""

from collections.abc import Callable
from enum import StrEnum

from udfs.verdicts.evidence import Evidence, Floats


class ReasonCode(StrEnum):
    """Why a verdict is what it is; the order is the order in which a person reads them."""

    EXPIRED = "expired"
    FREE = "free"
    IMPLAUSIBLY_LOW = "implausibly_low"
    ALL_TIME_LOW = "all_time_low"
    LOW_90D = "low_90d"
    UNDER_USUAL = "under_usual"
    ABOUT_USUAL = "about_usual"
    OVER_USUAL = "over_usual"
    SHORT_HISTORY = "short_history"
    UNDER_MODEL = "under_model"
    WITHIN_MODEL = "within_model"
    OVER_MODEL = "over_model"
    BEYOND_MODEL = "beyond_model"
    SIMILAR_PRODUCTS = "similar_products"
    SECOND_HAND = "second_hand"
    LIST_PRICE_UNPROVEN = "list_price_unproven"
    LIST_PRICE_INFLATED = "list_price_inflated"
    PRICE_FELL = "price_fell"
    PRICE_ROSE = "price_rose"
    NO_ESTIMATE = "no_estimate"


def _usd(amount: float) -> str:
    """`$64`, `$64.50`."""
    return f"${amount:,.0f}" if amount == round(amount) else f"${amount:,.2f}"


def _percent(price: float, base: float) -> str:
    return f"{abs(1 - price / base):.0%}".replace("%", " %")


_Sentence = Callable[[Evidence, Floats, int], str]

# All but SIMILAR_PRODUCTS, whose sentence comes with the products found (see similar.py).
SENTENCES: dict[ReasonCode, _Sentence] = {
    ReasonCode.EXPIRED: lambda *_: "the offer is over",
    ReasonCode.FREE: lambda *_: "free",
    ReasonCode.IMPLAUSIBLY_LOW: lambda _, fair, i: (
        f"under a tenth of the {_usd(fair[i, 1])} expected: probably a mistake"
    ),
    ReasonCode.ALL_TIME_LOW: lambda e, _, i: f"lowest in {e.days_observed[i]:.0f} days on record",
    ReasonCode.LOW_90D: lambda *_: "lowest in 90 days",
    ReasonCode.UNDER_USUAL: lambda e, _, i: (
        f"{_percent(e.price_usd[i], e.typical_usd[i])} under its usual {_usd(e.typical_usd[i])}"
    ),
    ReasonCode.ABOUT_USUAL: lambda e, _, i: f"about its usual {_usd(e.typical_usd[i])}",
    ReasonCode.OVER_USUAL: lambda e, _, i: (
        f"{_percent(e.price_usd[i], e.typical_usd[i])} over its usual {_usd(e.typical_usd[i])}"
    ),
    ReasonCode.SHORT_HISTORY: lambda e, _, i: (
        "first sighting" if e.days_observed[i] <= 1 else f"{e.days_observed[i]:.0f} days on record"
    ),
    ReasonCode.UNDER_MODEL: lambda _, fair, i: (
        f"under the {_usd(fair[i, 0])}-{_usd(fair[i, 2])} that the model expects"
    ),
    ReasonCode.WITHIN_MODEL: lambda _, fair, i: (
        f"within the {_usd(fair[i, 0])}-{_usd(fair[i, 2])} that the model expects"
    ),
    ReasonCode.OVER_MODEL: lambda _, fair, i: (
        f"over the {_usd(fair[i, 0])}-{_usd(fair[i, 2])} that the model expects"
    ),
    ReasonCode.BEYOND_MODEL: lambda _, fair, i: (
        f"far over the {_usd(fair[i, 0])}-{_usd(fair[i, 2])} that the model expects:"
        " it does not know this product"
    ),
    ReasonCode.SECOND_HAND: lambda e, _, i: (
        f"{str(e.condition[i]).replace('_', ' ')}: the model knows new ones only"
    ),
    ReasonCode.LIST_PRICE_UNPROVEN: lambda e, _, i: (
        f"the seller's list price {_usd(e.list_price_usd[i])} is only a claim"
    ),
    ReasonCode.LIST_PRICE_INFLATED: lambda e, _, i: (
        f"the seller's list price {_usd(e.list_price_usd[i])} is"
        f" {_percent(e.list_price_usd[i], e.typical_usd[i])} over its usual price"
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
