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
from udfs.pricing.deal_score import DealScore
from udfs.pricing.model import FairPriceModel, Size
from udfs.pricing.neighbours import NeighbourIndex
from udfs.pricing.packs import unit_count
from udfs.verdicts.drift import compared
from udfs.verdicts.evidence import HISTORY_VERSION, Evidence
from udfs.verdicts.similar import similar_products
from udfs.verdicts.verdict import Verdict, Verdicts, judge


class JudgeDeals(OncePerRow):
    """Fair price, verdict and reasons, by udfs.pricing and udfs.verdicts."""

    def __init__(self, model_dir: Path, size: Size) -> None:
        """Keep folder and size; the model is loaded in `open`."""
        self._model_dir, self._size = model_dir, size

    def open(self, context: FunctionContext) -> None:
        """Load the model: it is no part of what is pickled."""
        super().open(context)
        folder = CODE_ROOT / self._model_dir
        self._neighbours = NeighbourIndex.load(folder)
        self._model = FairPriceModel.load(folder, self._size, self._neighbours)
        self._deal_score = DealScore.load(folder, self._size)
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
        model_usd = self._model.quantiles_usd(title.tolist(), brand.tolist(), category.tolist())
        verdicts = judge(
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
            )
        )
        score = self._deal_score.probability(
            price, list_price, verdicts.fair_usd, verdicts.is_from_history
        )
        codes, reasons = self._with_similar(verdicts, title)
        is_known = np.isfinite(verdicts.fair_usd).all(axis=1)
        usual_usd = np.where(verdicts.is_from_history, typical, np.nan)
        both, covered = compared(usual_usd, model_usd)
        self._counts.add(Metric.MODEL_COMPARED_TOTAL, both)
        self._counts.add(Metric.MODEL_COVERED_TOTAL, covered)
        tally = self._model.take_tally()
        self._counts.add(Metric.PRICE_CACHE_HITS_TOTAL, tally.hits)
        self._counts.add(Metric.PRICE_CACHE_MISSES_TOTAL, tally.misses)
        self._counts.add_each(Metric.MODEL_MEMBERS_DROPPED_TOTAL, tally.dropped)
        self._counts.add_each(Metric.MODEL_UNKNOWN_TOTAL, tally.unpriced)
        self._counts.add(Metric.UNPRICED_TOTAL, int((~is_known).sum()))
        self._counts.add_each(Metric.VERDICTS_TOTAL, Counter(map(str, verdicts.verdict)))
        version = np.where(verdicts.is_from_history, HISTORY_VERSION, self._model.version)
        return pd.DataFrame(
            {
                "p10": verdicts.fair_usd[:, 0],
                "p50": verdicts.fair_usd[:, 1],
                "p90": verdicts.fair_usd[:, 2],
                "model_version": np.where(is_known, version, "none").astype(object),
                "verdict": [str(verdict) for verdict in verdicts.verdict],
                "reason_codes": [SEPARATOR.join(each) for each in codes],
                "reasons": [SEPARATOR.join(each) for each in reasons],
                "deal_score": score,
                "unit_count": pd.Series([unit_count(each) for each in title], dtype=object),
                "low_badge": [str(badge) for badge in verdicts.low_badge],
            }
        )

    def _with_similar(
        self, verdicts: Verdicts, title: "pd.Series[str]"
    ) -> tuple[list[tuple[str, ...]], list[tuple[str, ...]]]:
        """Reason codes and reasons; the model's bargains say what similar products cost.

        Only those: a search costs about a third of a millisecond.
        """
        codes: list[tuple[str, ...]] = [tuple(map(str, each)) for each in verdicts.reason_codes]
        reasons = list(verdicts.reasons)
        asked = np.flatnonzero((verdicts.verdict == Verdict.BARGAIN) & ~verdicts.is_from_history)
        found = self._neighbours.find(title.iloc[asked].tolist())
        for row, similarity, price_usd in zip(
            asked.tolist(), found.similarity.tolist(), found.price_usd.tolist(), strict=True
        ):
            code, sentence = similar_products(similarity, price_usd)
            codes[row] += (str(code),)
            reasons[row] += (sentence,)
        return codes, reasons


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
