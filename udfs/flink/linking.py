"""Linking products, as Flink calls it."""

import logging
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pandas as pd
from pyflink.table.udf import FunctionContext, udf

from udfs.compacted_topic import CompactedTopic
from udfs.flink.rows import CODE_ROOT, OncePerRow, row_type
from udfs.matching.blocking import Product
from udfs.matching.links import Links
from udfs.matching.matcher import ProductMatcher

logger = logging.getLogger(__name__)

Decode = Callable[[bytes], Mapping[str, Any]]

TOPIC = "deals.products"
RESULT = {"linked_to": "STRING", "score": "DOUBLE", "is_new_link": "BOOLEAN"}
SILENT_FOR_S = 60.0
FOLLOW_EVERY_S = 0.5
POLL_S = 0.005


class LinksUnavailableError(Exception):
    """The links cannot be known: the task must stop rather than decide anew."""


class LinkProducts(OncePerRow):
    """The product that each offer is of, by udfs.matching and what is on deals.products."""

    def __init__(
        self,
        kafka: Mapping[str, Any],
        make_decode: Callable[[], Decode],
        model_dir: Path,
        max_products: int,
    ) -> None:
        """Keep what pickles; see `link_products`."""
        # It is asked between batches, and a quiet night is no failure.
        self._kafka = dict(kafka) | {"max.poll.interval.ms": 86_400_000}
        self._make_decode = make_decode
        self._model_dir, self._max_products = model_dir, max_products

    def open(self, context: FunctionContext) -> None:
        """Read the topic to its end: nothing is decided before.

        Raises:
            LinksUnavailableError: nothing more came for SILENT_FOR_S, and the end was not reached.
        """
        super().open(context)
        matcher = ProductMatcher.load(CODE_ROOT / self._model_dir)
        self._links = Links(matcher, self._max_products)
        self._decode = self._make_decode()
        self._source = CompactedTopic(self._kafka, TOPIC)
        self._followed_at_s = 0.0
        give_up_at_s = time.monotonic() + SILENT_FOR_S
        while not self._source.is_at_end():
            if self._learn(1.0):
                give_up_at_s = time.monotonic() + SILENT_FOR_S
            if time.monotonic() > give_up_at_s:
                message = f"{TOPIC} was not read to its end: nothing came for {SILENT_FOR_S:.0f} s"
                raise LinksUnavailableError(message)
        logger.info("links: read decided=%d", len(self._links))

    def close(self) -> None:
        """Let go of the topic."""
        self._source.close()

    def eval(self, *series: "pd.Series[Any]") -> pd.DataFrame:
        """(n,) Series in the order of Product -> (n, 3) columns of the result row."""
        self._follow()
        columns = (each.tolist() for each in series)
        decisions = [self._links.decide(Product(*row)) for row in zip(*columns, strict=True)]
        return pd.DataFrame(decisions, columns=list(RESULT))

    def _follow(self) -> None:
        """Take what other tasks and people have written since."""
        if time.monotonic() >= self._followed_at_s + FOLLOW_EVERY_S:
            while self._learn(POLL_S):
                pass
            self._followed_at_s = time.monotonic()

    def _learn(self, timeout_s: float) -> int:
        records = list(self._source.poll(timeout_s))
        for key, value in records:
            try:
                self._links.learn(key, None if value is None else self._decode(value))
            except ValueError as error:  # one bad record decides nothing, and stops nothing
                logger.warning("links: unreadable record error=%s", error)
        return len(records)


def link_products(
    kafka: Mapping[str, Any],
    make_decode: Callable[[], Decode],
    model_dir: Path,
    max_products: int,
) -> Any:
    """The function; its arguments are the fields of udfs.matching.blocking.Product.

    Args:
        kafka: librdkafka properties for the reader of deals.products.
        make_decode: Called once a subtask; what it gives reads a record of deals.products and
            raises ValueError for a bad one.
        model_dir: Of the matcher, beside this code or absolute.
        max_products: The newest, which new ones are compared with.
    """
    function = LinkProducts(kafka, make_decode, model_dir, max_products)
    return udf(function, result_type=row_type(RESULT), func_type="pandas")
