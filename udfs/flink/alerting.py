"""Matching rules, as Flink calls it."""

from collections.abc import Callable, Mapping
from typing import Any

import pandas as pd
from pyflink.table.udf import FunctionContext, udf

from udfs.alerting.book import RuleReader
from udfs.alerting.identity import alert_id
from udfs.alerting.kafka_source import KafkaRuleSource
from udfs.alerting.matching import COLUMNS
from udfs.flink.counting import Counts
from udfs.flink.rows import SEPARATOR, OncePerRow
from udfs.logs import log_as_json
from udfs.metrics import Metric

Decode = Callable[[bytes], Mapping[str, Any]]


class MatchRules(OncePerRow):
    """The rules that match each deal, by udfs.alerting, as they are on deals.rules now."""

    def __init__(self, kafka: Mapping[str, Any], make_decode: Callable[[], Decode]) -> None:
        """Keep what pickles; see `match_rules`."""
        self._kafka = dict(kafka)
        self._make_decode = make_decode

    def open(self, context: FunctionContext) -> None:
        """Read the rules to their end: nothing is matched before."""
        log_as_json()
        self._rules = RuleReader(KafkaRuleSource(self._kafka), self._make_decode()).start()
        counts = Counts(context)
        counts.watch(Metric.RULES_ACTIVE, lambda: len(self._rules.current()))
        counts.watch(Metric.RULES_REJECTED, lambda: self._rules.rejected)

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
