"""Descriptions by Bedrock, as Flink calls them."""

import asyncio
from collections.abc import Iterable, Mapping
from typing import Any

import pandas as pd
from pyflink.table.udf import FunctionContext, udf

from udfs.describing.batch import describe_batch
from udfs.describing.bedrock import client_for, converse
from udfs.describing.facts import facts_of
from udfs.describing.limits import Breaker, Spending
from udfs.flink.rows import SEPARATOR, OncePerRow, row_type


class DescribeDeals(OncePerRow):
    """Texts for a batch of alerts, by udfs.describing, within one deadline."""

    def __init__(self, bedrock: Mapping[str, Any], columns: tuple[str, ...]) -> None:
        """Keep what pickles; see `describe_deals`."""
        self._bedrock = dict(bedrock)
        self._columns = columns

    def open(self, context: FunctionContext) -> None:
        """Connect; what is spent and what has failed is remembered from batch to batch."""
        bedrock = self._bedrock
        self._breaker = Breaker()
        self._spending = Spending(
            bedrock["daily_budget_usd"],
            bedrock["input_usd_per_million"],
            bedrock["output_usd_per_million"],
        )
        threads = 2 * bedrock["concurrency"]
        client = client_for(
            bedrock["region"],
            endpoint_url=bedrock["endpoint_url"],
            budget_s=bedrock["budget_s"],
            calls=threads,
        )
        self._ask = converse(client, bedrock["model_id"], threads=threads)

    def eval(self, *series: "pd.Series[Any]") -> pd.DataFrame:
        """(n,) Series in the order of `columns` -> (n, 2) description and its status."""
        deals = pd.DataFrame(dict(zip(self._columns, series, strict=True)))
        deals["reasons"] = [text.split(SEPARATOR) if text else [] for text in deals["reasons"]]
        described = asyncio.run(
            describe_batch(
                [facts_of(deal) for deal in deals.to_dict("records")],
                ask=self._ask,
                breaker=self._breaker,
                spending=self._spending,
                budget_s=self._bedrock["budget_s"],
                concurrency=self._bedrock["concurrency"],
                max_calls=self._bedrock["max_calls"],
            )
        )
        return pd.DataFrame(
            {
                "description": [each.text for each in described],
                "description_status": [each.status for each in described],
            }
        )


def describe_deals(bedrock: Mapping[str, Any], columns: Iterable[str]) -> Any:
    """The function.

    Args:
        bedrock: The keys of the property group of that name.
        columns: Names of the arguments, in order; `reasons` arrives as SEPARATOR-joined text.
    """
    fields = {"description": "STRING", "description_status": "STRING"}
    function = DescribeDeals(bedrock, tuple(columns))
    return udf(function, result_type=row_type(fields), func_type="pandas")
