"""A batch of evaluated deals as the matcher reads it: numbers as float64, names as codes."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from udfs.alerting.clauses import NAMES, POSITIVE
from udfs.alerting.postings import Ints
from udfs.alerting.text import tokens

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
    "deal_score",
    "unit_price_usd",
    "previous_price",
    "low_7d",
    "low_30d",
    "low_90d",
)


# Codes of a name that no rule has, and of a name that the deal lacks.
UNNAMED, MISSING = -1, -2


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
    price, p10, low, previous = (
        numbers(frame[name])
        for name in ("price_usd", "fair_usd_p10", "all_time_low", "previous_price")
    )
    days = numbers(frame["days_observed"])
    at_low = np.where(price <= low, days, -1.0)
    rows = {
        "min_discount_ratio": numbers(frame["discount_ratio"]),
        "min_discount_usd": numbers(frame["discount_usd"]),
        "min_deal_score": numbers(frame["deal_score"]),
        "min_days_at_all_time_low": np.where(np.isnan(price) | np.isnan(low), np.nan, at_low),
        "is_below_p10": _is_true(price < p10, price, p10),
        "max_price_usd": -price,
        "max_unit_price_usd": -numbers(frame["unit_price_usd"]),
        # A product without a past came from anywhere.
        "previous_price_over": np.where(np.isnan(previous), np.inf, previous),
        "min_temperature": numbers(frame["temperature"]),
    }
    for span in (7, 30, 90):
        lowest = numbers(frame[f"low_{span}d"])
        rows[f"low_of_{span}_days"] = _is_true(price <= lowest, price, lowest)
    table = np.stack([rows[name] for name in POSITIVE])
    table = np.concatenate([table, -table])
    return np.where(np.isnan(table), -np.inf, table)


def _is_true(answer: NDArray[np.bool_], *asked: Floats) -> Floats:
    """1 or 0, NaN where a value is missing."""
    return np.where(np.logical_or.reduce([np.isnan(each) for each in asked]), np.nan, answer)


@dataclass(frozen=True)
class Batch:
    """The deals of a batch that may match at all.

    Attributes:
        rows: (m,) their positions in the frame; expired deals are left out.
        measures: (len(MEASURES), m).
        codes: Column -> (m,) code of its value among the rules' names; UNNAMED or MISSING else.
        is_suspect: (m,) the verdict is suspect.
        word_deals, word_codes: Which deal (0..m-1) has which of the rules' tokens, each pair once.
        texts: Folded tokens of each title, each between two spaces; None without a title.
    """

    rows: Ints
    measures: Floats
    codes: Mapping[str, Ints]
    is_suspect: NDArray[np.bool_]
    word_deals: Ints
    word_codes: Ints
    texts: list[str | None]

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
        titles = [tokens(title) if isinstance(title, str) else None for title in kept["title"]]
        pairs = [
            (deal, words[token])
            for deal, title in enumerate(titles)
            for token in set(title or ())
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
            texts=[None if title is None else f" {' '.join(title)} " for title in titles],
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
