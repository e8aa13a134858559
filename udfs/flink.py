"""The thin shells that Flink calls: vectorised functions over the pure rules of udfs/.

Each is a `func_type="pandas"` function: Series or a DataFrame of one Arrow batch in, as many
rows out. Sessions, clients and readers are made in `open()`, once a subtask.
"""

import asyncio
from collections.abc import Callable, Iterable, Mapping
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from pyflink.table.udf import FunctionContext, ScalarFunction, udf

from udfs.alerting.book import RuleReader
from udfs.alerting.identity import alert_id
from udfs.alerting.kafka_source import KafkaRuleSource
from udfs.alerting.matching import COLUMNS
from udfs.describing.batch import describe_batch
from udfs.describing.bedrock import client_for as bedrock_client
from udfs.describing.bedrock import converse
from udfs.describing.facts import facts_of
from udfs.describing.limits import Breaker, Spending
from udfs.indexing.bulk import index_batch
from udfs.indexing.client import client_for as search_client
from udfs.indexing.documents import LISTS, documents_of
from udfs.indexing.template import ensure_template
from udfs.parsing.batch import parse_batch
from udfs.parsing.rates import Rates
from udfs.pricing.model import FairPriceModel
from udfs.verdicts.evidence import HISTORY_VERSION, Evidence
from udfs.verdicts.verdict import judge

# Where the tasks have unpacked the application: udfs/ and models/ are side by side there.
CODE_ROOT = Path(__file__).resolve().parents[1]
Decode = Callable[[bytes], Mapping[str, Any]]
# Lists cross from Python to SQL as text: SPLIT makes them arrays again.
SEPARATOR = "\n"


class OncePerRow(ScalarFunction):  # type: ignore[misc]  # pyflink publishes no types
    """A function that the planner calls once, however many columns use its result."""

    def is_deterministic(self) -> bool:
        """Not a claim about the rules: it keeps the planner from repeating the call."""
        return False


class ParseDeals(OncePerRow):
    """Feed items to offers, by udfs.parsing; the origin of each record passes through."""

    def __init__(
        self,
        rates: Rates,
        carried: tuple[str, ...],
        items: tuple[str, ...],
        columns: tuple[str, ...],
    ) -> None:
        """Keep what pickles; see `parse_deals`."""
        self._rates = rates
        self._carried = list(carried)
        self._names = [*carried, *items]
        self._columns = [*columns, "reason", "detail"]

    def eval(self, items: pd.DataFrame) -> pd.DataFrame:
        """(n, carried + items) -> (n, carried + columns + reason + detail)."""
        # The planner keeps the names of plain columns only.
        items = items.set_axis(self._names, axis=1)
        parsed = parse_batch(items, self._rates)
        return _nullable(pd.concat([items[self._carried], parsed[self._columns]], axis=1))


def parse_deals(
    rates_usd: Mapping[str, Decimal],
    as_of: date,
    carried: Mapping[str, str],
    items: Iterable[str],
    columns: Mapping[str, str],
) -> Any:
    """The function for `Table.map` over `carried` and `items`, in this order.

    Args:
        rates_usd: USD for one unit of each currency.
        as_of: Day of the rates.
        carried: Input columns that pass through, and their SQL types.
        items: Input columns that are parsed.
        columns: The columns of deals.parsed, and their SQL types.
    """
    function = ParseDeals(Rates(rates_usd, as_of), tuple(carried), tuple(items), tuple(columns))
    fields = dict(carried) | dict(columns) | {"reason": "STRING", "detail": "STRING"}
    return udf(function, result_type=_row(fields), func_type="pandas")


class JudgeDeals(OncePerRow):
    """Fair price, verdict and reasons, by udfs.pricing and udfs.verdicts."""

    def __init__(self, model_dir: Path) -> None:
        """Keep the folder; the model is loaded in `open`."""
        self._model_dir = model_dir

    def open(self, context: FunctionContext) -> None:
        """Load the model: it is no part of what is pickled."""
        self._model = FairPriceModel.load(CODE_ROOT / self._model_dir)

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
    """The function, for a model folder beside this code or an absolute one."""
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


class IndexDeals(OncePerRow):
    """Evaluated deals into OpenSearch, a bulk a batch, by udfs.indexing."""

    def __init__(self, search: Mapping[str, Any], columns: tuple[str, ...]) -> None:
        """Keep what pickles; see `index_deals`."""
        self._search = dict(search)
        self._columns = columns

    def open(self, context: FunctionContext) -> None:
        """Connect and make sure of the index: a missing template would guess the field types."""
        search = self._search
        self._client = search_client(
            search["url"],
            region=search["region"],
            username=search["username"],
            password=search["password"],
        )
        ensure_template(self._client, search["index"], replicas=search["replicas"])

    def close(self) -> None:
        """Disconnect."""
        self._client.close()

    def eval(self, *series: "pd.Series[Any]") -> "pd.Series[Any]":
        """(n,) Series in the order of `columns` -> (n,) why a document was rejected, or None."""
        deals = pd.DataFrame(dict(zip(self._columns, series, strict=True)))
        for name in LISTS:
            deals[name] = [text.split(SEPARATOR) if text else [] for text in deals[name]]
        rejections = index_batch(
            self._client,
            documents_of(deals),
            index=self._search["index"],
            budget_s=self._search["budget_s"],
        )
        return pd.Series(rejections, dtype=object)


def index_deals(search: Mapping[str, Any], columns: Iterable[str]) -> Any:
    """The function.

    Args:
        search: url, index, region, username, password (None where unused), budget_s.
        columns: Names of the arguments, in order; lists arrive as SEPARATOR-joined text.
    """
    return udf(IndexDeals(search, tuple(columns)), result_type="STRING", func_type="pandas")


class MatchRules(OncePerRow):
    """The rules that match each deal, by udfs.alerting, as they are on deals.rules now."""

    def __init__(self, kafka: Mapping[str, Any], make_decode: Callable[[], Decode]) -> None:
        """Keep what pickles; see `match_rules`."""
        self._kafka = dict(kafka)
        self._make_decode = make_decode

    def open(self, context: FunctionContext) -> None:
        """Read the rules to their end: nothing is matched before."""
        self._rules = RuleReader(KafkaRuleSource(self._kafka), self._make_decode()).start()

    def close(self) -> None:
        """Stop following the rules."""
        self._rules.close()

    def eval(self, *series: "pd.Series[Any]") -> "pd.Series[Any]":
        """(n,) Series in the order of COLUMNS -> (n,) lines of "alert_id rule_id", or None."""
        deals = pd.DataFrame(dict(zip(COLUMNS, series, strict=True)))
        matches = self._rules.current().match(deals)
        lines = [
            SEPARATOR.join(f"{alert_id(rule, key, price)} {rule}" for rule in rules) or None
            for rules, key, price in zip(
                matches, deals["product_key"], deals["price_usd"], strict=True
            )
        ]
        return pd.Series(lines, dtype=object)


def match_rules(kafka: Mapping[str, Any], make_decode: Callable[[], Decode]) -> Any:
    """The function; its arguments are COLUMNS of udfs.alerting.

    Args:
        kafka: librdkafka properties for the reader of deals.rules.
        make_decode: Called once a subtask; what it gives reads a record of deals.rules and raises
            ValueError for a bad one.
    """
    return udf(MatchRules(kafka, make_decode), result_type="STRING", func_type="pandas")


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
        client = bedrock_client(
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
    return udf(function, result_type=_row(fields), func_type="pandas")


def _row(fields: Mapping[str, str]) -> str:
    """An SQL row type."""
    return "ROW<" + ", ".join(f"`{name}` {type_}" for name, type_ in fields.items()) + ">"


def _nullable(frame: pd.DataFrame) -> pd.DataFrame:
    """The same values as objects with None: Arrow refuses pandas' own nullable types here."""
    return frame.astype(object).where(frame.notna(), None)
