"""Pricing and verdicts, as Flink calls them."""

from collections import Counter
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from pyflink.table.udf import FunctionContext, udf

from udfs.flink.counting import Counts
from udfs.flink.rows import CODE_ROOT, SEPARATOR, OncePerRow, row_type
from udfs.metrics import Metric
from udfs.pricing.model import Size
from udfs.verdicts.drift import compared
from udfs.verdicts.evidence import Evidence
from udfs.verdicts.judging import Judge


class JudgeDeals(OncePerRow):
    """Fair price, verdict and reasons, by udfs.verdicts.judging."""

    def __init__(self, model_dir: Path, size: Size) -> None:
        """Keep folder and size; the model is loaded in `open`."""
        self._model_dir, self._size = model_dir, size

    def open(self, context: FunctionContext) -> None:
        """Load the model: it is no part of what is pickled."""
        super().open(context)
        self._judge = Judge.load(CODE_ROOT / self._model_dir, self._size)
        self._counts = Counts(context)

    def eval(
        self,
        title: "pd.Series[str]",
        brand: "pd.Series[str]",
        category: "pd.Series[str]",
        condition: "pd.Series[str]",
        is_expired: "pd.Series[bool]",
        is_held: "pd.Series[bool]",
        is_repeated: "pd.Series[bool]",
        *numbers: "pd.Series[float]",
    ) -> pd.DataFrame:
        """(n,) Series in the order of the query -> (n, 10) columns of the result row."""
        price, list_price, previous, low_90d, all_time_low, all_time_high, typical, days = (
            series.to_numpy(dtype=float, na_value=np.nan) for series in numbers
        )
        titles = title.tolist()
        model = self._judge.model
        model_usd = model.quantiles_usd(titles, brand.tolist(), category.tolist())
        judged = self._judge.judge(
            titles,
            Evidence(
                price_usd=price,
                list_price_usd=list_price,
                previous_price_usd=previous,
                low_90d_usd=low_90d,
                all_time_low_usd=all_time_low,
                all_time_high_usd=all_time_high,
                typical_usd=typical,
                days_observed=days,
                condition=condition.to_numpy(dtype=object),
                is_expired=is_expired.to_numpy(dtype=bool, na_value=False),
                is_held=is_held.to_numpy(dtype=bool, na_value=False),
                is_repeated=is_repeated.to_numpy(dtype=bool, na_value=False),
                model_usd=model_usd,
            ),
        )
        verdicts = judged.verdicts
        is_known = np.isfinite(verdicts.fair_usd).all(axis=1)
        usual_usd = np.where(verdicts.is_from_history, typical, np.nan)
        both, covered = compared(usual_usd, model_usd)
        self._counts.add(Metric.MODEL_COMPARED_TOTAL, both)
        self._counts.add(Metric.MODEL_COVERED_TOTAL, covered)
        tally = model.take_tally()
        self._counts.add(Metric.PRICE_CACHE_HITS_TOTAL, tally.hits)
        self._counts.add(Metric.PRICE_CACHE_MISSES_TOTAL, tally.misses)
        self._counts.add_each(Metric.MODEL_MEMBERS_DROPPED_TOTAL, tally.dropped)
        self._counts.add_each(Metric.MODEL_UNKNOWN_TOTAL, tally.unpriced)
        self._counts.add(Metric.UNPRICED_TOTAL, int((~is_known).sum()))
        self._counts.add_each(Metric.VERDICTS_TOTAL, Counter(map(str, verdicts.verdict)))
        return pd.DataFrame(
            {
                "p10": verdicts.fair_usd[:, 0],
                "p50": verdicts.fair_usd[:, 1],
                "p90": verdicts.fair_usd[:, 2],
                "model_version": judged.model_version,
                "verdict": [str(verdict) for verdict in verdicts.verdict],
                "reason_codes": [SEPARATOR.join(each) for each in judged.reason_codes],
                "reasons": [SEPARATOR.join(each) for each in judged.reasons],
                "deal_score": judged.deal_score,
                "unit_count": pd.Series(judged.unit_count, dtype=object),
                "low_badge": [str(badge) for badge in verdicts.low_badge],
            }
        )


def judge_deals(model_dir: Path, size: Size) -> Any:
    """The function, for a model folder beside this code or an absolute one."""
    fields = {
        "fair_usd_p10": "DOUBLE",
        "fair_usd_p50": "DOUBLE",
        "fair_usd_p90": "DOUBLE",
        "model_version": "STRING",
        "verdict": "STRING",
        "reason_codes": "STRING",
        "reasons": "STRING",
        "deal_score": "DOUBLE",
        "unit_count": "INT",
        "low_badge": "STRING",
    }
    return udf(JudgeDeals(model_dir, size), result_type=row_type(fields), func_type="pandas")
