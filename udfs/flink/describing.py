"""Descriptions by Bedrock, as Flink calls them."""

import asyncio
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import pandas as pd
from pyflink.table.udf import FunctionContext, udf

from udfs.describing.batch import Description, describe_batch
from udfs.describing.bedrock import client_for, converse
from udfs.describing.facts import facts_of
from udfs.describing.limits import Breaker, Spending
from udfs.describing.measuring import Calls
from udfs.flink.counting import Counts
from udfs.flink.rows import SEPARATOR, OncePerRow, row_type
from udfs.metrics import Metric


class DescribeDeals(OncePerRow):
    """Texts for a batch of alerts, by udfs.describing, within one deadline."""

    def __init__(self, bedrock: Mapping[str, Any], columns: tuple[str, ...]) -> None:
        """Keep what pickles; see `describe_deals`."""
        self._bedrock = dict(bedrock)
        self._columns = columns

    def open(self, context: FunctionContext) -> None:
        """Connect; what is spent and what has failed is remembered from batch to batch."""
        super().open(context)
        bedrock = self._bedrock
        self._breaker = Breaker()
        self._spending = Spending(
            bedrock["daily_budget_usd"],
            bedrock["input_usd_per_million"],
            bedrock["output_usd_per_million"],
            bedrock["call_budget_usd"],
        )
        threads = 2 * bedrock["concurrency"]
        client = client_for(
            bedrock["region"],
            endpoint_url=bedrock["endpoint_url"],
            budget_s=bedrock["budget_s"],
            calls=threads,
        )
        self._ask = converse(client, bedrock["model_id"], threads=threads)
        self._counts = Counts(context)
        self._slowest_ms = 0
        self._counts.watch(Metric.BEDROCK_LATENCY_MS, lambda: self._slowest_ms)

    def eval(self, *series: "pd.Series[Any]") -> pd.DataFrame:
        """(n,) Series in the order of `columns` -> (n, 2) description and its status."""
        deals = pd.DataFrame(dict(zip(self._columns, series, strict=True)))
        deals["reasons"] = [text.split(SEPARATOR) if text else [] for text in deals["reasons"]]
        facts = [facts_of(deal) for deal in deals.to_dict("records")]
        calls = Calls()
        described = asyncio.run(
            describe_batch(
                facts,
                ask=calls.measure(self._ask),
                breaker=self._breaker,
                spending=self._spending,
                budget_s=self._bedrock["budget_s"],
                concurrency=self._bedrock["concurrency"],
                max_calls=self._bedrock["max_calls"],
            )
        )
        self._count(calls, described)
        return pd.DataFrame(
            {
                "description": [each.text for each in described],
                "description_status": [each.status for each in described],
            }
        )

    def _count(self, calls: Calls, described: Sequence[Description]) -> None:
        add = self._counts.add
        self._counts.add_each(Metric.ALERTS_TOTAL, Counter(each.status for each in described))
        add(Metric.DESCRIPTIONS_REUSED_TOTAL, sum(each.is_reused for each in described))
        add(Metric.BEDROCK_CALLS_TOTAL, calls.made)
        self._counts.add_each(Metric.BEDROCK_ERRORS_TOTAL, calls.errors)
        spent_usd = sum(each.cost_usd for each in described)
        add(Metric.BEDROCK_SPENT_MICRO_USD_TOTAL, round(spent_usd * 1e6))
        if calls.made:
            self._slowest_ms = calls.slowest_ms


def describe_deals(bedrock: Mapping[str, Any], columns: Iterable[str]) -> Any:
    """The function.

    Args:
        bedrock: The keys of the property group of that name.
        columns: Names of the arguments, in order; `reasons` arrives as SEPARATOR-joined text.
    """
    fields = {"description": "STRING", "description_status": "STRING"}
    function = DescribeDeals(bedrock, tuple(columns))
    return udf(function, result_type=row_type(fields), func_type="pandas")
