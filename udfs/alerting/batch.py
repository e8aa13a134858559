"""A batch of evaluated deals as the matcher reads it: numbers as float64, names as codes."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from udfs.alerting.postings import Ints
from udfs.alerting.text import folded, tokens

Floats = NDArray[np.float64]

# What a rule can ask of; the columns of schemas/deals.evaluated.avsc that a frame must have.
COLUMNS = (
    "title",
    "product_key",
    "merchant",
    "brand",
    "category",
    "condition",
    "verdict",
    "is_expired",
    "price_usd",
    "discount_usd",
    "discount_ratio",
    "fair_usd_p10",
    "all_time_low",
    "days_observed",
    "temperature",
)


# Codes of a name that no rule has, and of a name that the deal lacks.
UNNAMED, MISSING = -1, -2


def identical(text: str) -> str:
    """Compare as it is: identifiers and symbols of an enum."""
    return text


# Column -> how its values are compared. People write "Best Buy", feeds "best buy".
NAMES: Mapping[str, Callable[[str], str]] = {
    "product_key": identical,
    "merchant": folded,
    "brand": folded,
    "category": folded,
    "condition": identical,
    "verdict": identical,
}

# Every numeric condition is "measure >= threshold"; the measures in this order. The first ones are
# those that fewest deals reach.
MEASURES = (
    "min_discount_ratio",
    "min_discount_usd",
    "min_days_at_all_time_low",
    "is_below_p10",
    "max_price_usd",
    "min_temperature",
    "is_not_below_p10",
)


def numbers(series: "pd.Series[object]") -> Floats:
    """Read a column of Decimal, float, int, bool or None.

    Returns:
        (n,) float64, NaN where there is no value. Money of up to 15 digits keeps its order: two
        amounts below 10^11 with four decimals are equal here exactly when they are equal there.
    """
    values: Floats = series.to_numpy(dtype="float64", na_value=np.nan)
    return values


def measures(frame: pd.DataFrame) -> Floats:
    """Compute what numeric conditions compare.

    Returns:
        (len(MEASURES), n); -inf where the deal lacks a value, so that no threshold is reached.
    """
    price, p10, low = (
        numbers(frame[name]) for name in ("price_usd", "fair_usd_p10", "all_time_low")
    )
    is_known = ~(np.isnan(price) | np.isnan(p10))
    is_below = np.where(is_known, price < p10, np.nan)
    rows = {
        "min_discount_ratio": numbers(frame["discount_ratio"]),
        "min_discount_usd": numbers(frame["discount_usd"]),
        "min_days_at_all_time_low": np.where(price <= low, numbers(frame["days_observed"]), np.nan),
        "is_below_p10": is_below,
        "max_price_usd": -price,
        "min_temperature": numbers(frame["temperature"]),
        "is_not_below_p10": 1.0 - is_below,
    }
    table = np.stack([rows[name] for name in MEASURES])
    return np.where(np.isnan(table), -np.inf, table)


@dataclass(frozen=True)
class Batch:
    """The deals of a batch that may match at all.

    Attributes:
        rows: (m,) their positions in the frame; expired deals are left out.
        measures: (len(MEASURES), m).
        codes: Column -> (m,) code of its value among the rules' names; UNNAMED or MISSING else.
        is_suspect: (m,) the verdict is suspect.
        word_deals, word_codes: Which deal (0..m-1) has which of the rules' tokens, each pair once.
        texts: Folded tokens of each title, each between two spaces.
    """

    rows: Ints
    measures: Floats
    codes: Mapping[str, Ints]
    is_suspect: NDArray[np.bool_]
    word_deals: Ints
    word_codes: Ints
    texts: list[str]

    @classmethod
    def of(
        cls, frame: pd.DataFrame, names: Mapping[str, Mapping[str, int]], words: Mapping[str, int]
    ) -> "Batch":
        """Read a frame.

        Args:
            frame: Has COLUMNS; its index does not matter.
            names: Column -> compared form -> code, for every column of NAMES.
            words: Token -> code.
        """
        rows = np.flatnonzero(numbers(frame["is_expired"]) != 1.0)
        kept = frame.iloc[rows]
        titles = [tokens(title) if isinstance(title, str) else () for title in kept["title"]]
        pairs = [
            (deal, words[token])
            for deal, title in enumerate(titles)
            for token in set(title)
            if token in words
        ]
        flat = np.array(pairs, dtype=np.int64).reshape(-1, 2)
        return cls(
            rows=rows,
            measures=measures(kept),
            codes={
                column: _codes(kept[column], compared, names[column])
                for column, compared in NAMES.items()
            },
            is_suspect=(kept["verdict"] == "suspect").to_numpy(dtype=np.bool_, na_value=False),
            word_deals=flat[:, 0],
            word_codes=flat[:, 1],
            texts=[f" {' '.join(title)} " for title in titles],
        )


def _codes(
    series: "pd.Series[object]", compared: Callable[[str], str], codes: Mapping[str, int]
) -> Ints:
    known: dict[object, int] = {}
    for value in series:
        if value not in known:
            known[value] = (
                codes.get(compared(value), UNNAMED) if isinstance(value, str) else MISSING
            )
    return np.array([known[value] for value in series], dtype=np.int64)
