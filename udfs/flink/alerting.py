"""Matching rules, as Flink calls it."""

from collections.abc import Callable, Mapping
from typing import Any

import pandas as pd
from pyflink.table.udf import FunctionContext, udf

from udfs.alerting.book import RuleReader
from udfs.alerting.hits import HIT_COLUMNS, hits
from udfs.alerting.rules import Rule
from udfs.compacted_topic import CompactedTopic
from udfs.flink.counting import Counts
from udfs.flink.rows import SEPARATOR, OncePerRow
from udfs.metrics import Metric

Decode = Callable[[bytes], Mapping[str, Any]]

TOPIC = "deals.rules"


class MatchRules(OncePerRow):
    """The rules that match each deal, by udfs.alerting, as they are on deals.rules now."""

    def __init__(self, kafka: Mapping[str, Any], make_decode: Callable[[], Decode]) -> None:
        """Keep what pickles; see `match_rules`."""
        self._kafka = dict(kafka)
        self._make_decode = make_decode

    def open(self, context: FunctionContext) -> None:
        """Read the rules to their end: nothing is matched before."""
        super().open(context)
        self._rules = RuleReader(CompactedTopic(self._kafka, TOPIC), self._make_decode()).start()
        counts = Counts(context)
        counts.watch(Metric.RULES_ACTIVE, lambda: len(self._rules.current()))
        counts.watch(Metric.RULES_REJECTED, lambda: self._rules.rejected)

    def close(self) -> None:
        """Stop following the rules."""
        self._rules.close()

    def eval(self, *series: "pd.Series[Any]") -> "pd.Series[Any]":
        """(n,) Series in the order of HIT_COLUMNS -> (n,) lines, a hit a line, or None."""
        deals = pd.DataFrame(dict(zip(HIT_COLUMNS, series, strict=True)))
        found = hits(self._rules.current(), deals)
        lines = [SEPARATOR.join(hit.line() for hit in each) or None for each in found]
        return pd.Series(lines, dtype=object)


def match_rules(kafka: Mapping[str, Any], make_decode: Callable[[], Decode]) -> Any:
    """The function; its arguments are HIT_COLUMNS of udfs.alerting.

    Args:
        kafka: librdkafka properties for the reader of deals.rules.
        make_decode: Called once a subtask; what it gives reads a record of deals.rules and raises
            ValueError for a bad one.
    """
    return udf(MatchRules(kafka, make_decode), result_type="STRING", func_type="pandas")


class RuleFault(OncePerRow):
    """What is wrong with a record of deals.rules that can be decoded, as the matcher sees it."""

    def __init__(self, make_decode: Callable[[], Decode]) -> None:
        """Keep what pickles; see `match_rules`."""
        self._make_decode = make_decode

    def open(self, context: FunctionContext) -> None:
        """Make the decoder."""
        super().open(context)
        self._decode = self._make_decode()

    def eval(self, payloads: "pd.Series[Any]") -> "pd.Series[Any]":
        """(n,) whole records -> (n,) faults, None for a good rule."""
        return pd.Series([self._fault(payload) for payload in payloads], dtype=object)

    def _fault(self, payload: bytes) -> str | None:
        try:
            Rule.from_record(self._decode(payload))
        except ValueError as error:
            return str(error)
        return None


def rule_fault(make_decode: Callable[[], Decode]) -> Any:
    """The function; its argument is the payload of a record of deals.rules."""
    return udf(RuleFault(make_decode), result_type="STRING", func_type="pandas")
