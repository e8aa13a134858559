"""The thin shells that Flink calls: vectorised functions over the pure rules of udfs/.

Each is a `func_type="pandas"` function: Series or a DataFrame of one Arrow batch in, as many
rows out. Sessions, clients and readers are made in `open()`, once a subtask.
"""

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from pyflink.table.udf import FunctionContext, ScalarFunction, udf

from udfs.parsing.batch import parse_batch
from udfs.parsing.rates import Rates
from udfs.pricing.model import FairPriceModel
from udfs.verdicts.evidence import HISTORY_VERSION, Evidence
from udfs.verdicts.verdict import judge

# Lists cross from Python to SQL as text: SPLIT makes them arrays again.
SEPARATOR = "\n"


class OncePerRow(ScalarFunction):  # type: ignore[misc] -- pyflink publishes no types
    """A function that the planner calls once, however many columns use its result."""

    def is_deterministic(self) -> bool:
        """Not a claim about the rules: it keeps the planner from repeating the call."""
        return False


class ParseDeals(OncePerRow):
    """Feed items to offers, by udfs.parsing; the origin of each record passes through."""

    def __init__(self, rates: Rates, carried: tuple[str, ...], columns: tuple[str, ...]) -> None:
        """Keep what pickles; see `parse_deals`."""
        self._rates = rates
        self._carried = list(carried)
        self._columns = [*columns, "reason", "detail"]

    def eval(self, items: pd.DataFrame) -> pd.DataFrame:
        """(n, items' columns) -> (n, carried + columns + reason + detail)."""
        parsed = parse_batch(items, self._rates)
        return _nullable(pd.concat([items[self._carried], parsed[self._columns]], axis=1))


def parse_deals(
    rates_usd: Mapping[str, Decimal],
    as_of: date,
    carried: Mapping[str, str],
    columns: Mapping[str, str],
) -> Any:
    """The function for `Table.map`.

    Args:
        rates_usd: USD for one unit of each currency.
        as_of: Day of the rates.
        carried: Input columns that pass through, and their SQL types.
        columns: The columns of deals.parsed, and their SQL types.
    """
    function = ParseDeals(Rates(rates_usd, as_of), tuple(carried), tuple(columns))
    fields = dict(carried) | dict(columns) | {"reason": "STRING", "detail": "STRING"}
    return udf(function, result_type=_row(fields), func_type="pandas")


class JudgeDeals(OncePerRow):
    """Fair price, verdict and reasons, by udfs.pricing and udfs.verdicts."""

    def __init__(self, model_dir: Path) -> None:
        """Keep the folder; the model is loaded in `open`."""
        self._model_dir = model_dir

    def open(self, context: FunctionContext) -> None:
        """Load the model: it is no part of what is pickled."""
        self._model = FairPriceModel.load(self._model_dir)

    def eval(
        self,
        title: "pd.Series[str]",
        brand: "pd.Series[str]",
        category: "pd.Series[str]",
        condition: "pd.Series[str]",
        is_expired: "pd.Series[bool]",
        *numbers: "pd.Series[float]",
    ) -> pd.DataFrame:
        """(n,) Series in the order of the query -> (n, 7) columns of the result row."""
        price, list_price, previous, low_90d, all_time_low, typical, days = (
            series.to_numpy(dtype=float, na_value=np.nan) for series in numbers
        )
        verdicts = judge(
            Evidence(
                price_usd=price,
                list_price_usd=list_price,
                previous_price_usd=previous,
                low_90d_usd=low_90d,
                all_time_low_usd=all_time_low,
                typical_usd=typical,
                days_observed=days,
                condition=condition.to_numpy(dtype=object),
                is_expired=is_expired.to_numpy(dtype=bool, na_value=False),
                model_usd=self._model.quantiles_usd(
                    title.tolist(), brand.tolist(), category.tolist()
                ),
            )
        )
        is_known = np.isfinite(verdicts.fair_usd).all(axis=1)
        version = np.where(verdicts.is_from_history, HISTORY_VERSION, self._model.version)
        return pd.DataFrame(
            {
                "p10": verdicts.fair_usd[:, 0],
                "p50": verdicts.fair_usd[:, 1],
                "p90": verdicts.fair_usd[:, 2],
                "model_version": np.where(is_known, version, "none").astype(object),
                "verdict": [str(verdict) for verdict in verdicts.verdict],
                "reason_codes": [SEPARATOR.join(codes) for codes in verdicts.reason_codes],
                "reasons": [SEPARATOR.join(sentences) for sentences in verdicts.reasons],
            }
        )


def judge_deals(model_dir: Path) -> Any:
    """The function, for a model folder that exists where the tasks run."""
    fields = {
        "fair_usd_p10": "DOUBLE",
        "fair_usd_p50": "DOUBLE",
        "fair_usd_p90": "DOUBLE",
        "model_version": "STRING",
        "verdict": "STRING",
        "reason_codes": "STRING",
        "reasons": "STRING",
    }
    return udf(JudgeDeals(model_dir), result_type=_row(fields), func_type="pandas")


def _row(fields: Mapping[str, str]) -> str:
    """An SQL row type."""
    return "ROW<" + ", ".join(f"`{name}` {type_}" for name, type_ in fields.items()) + ">"


def _nullable(frame: pd.DataFrame) -> pd.DataFrame:
    """The same values as objects with None: Arrow refuses pandas' own nullable types here."""
    return frame.astype(object).where(frame.notna(), None)
