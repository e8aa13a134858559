"""Indexing, as Flink calls it."""

import time
from collections.abc import Iterable, Mapping
from typing import Any

import pandas as pd
from pyflink.table.udf import FunctionContext, udf

from udfs.flink.counting import Counts
from udfs.flink.rows import CODE_ROOT, SEPARATOR, OncePerRow
from udfs.indexing.bulk import index_batch
from udfs.indexing.client import client_for
from udfs.indexing.documents import LISTS, documents_of
from udfs.indexing.template import ensure_template
from udfs.logs import log_as_json
from udfs.metrics import Metric
from udfs.searching.embedder import TitleEmbedder


class IndexDeals(OncePerRow):
    """Evaluated deals into OpenSearch, a bulk a batch, by udfs.indexing."""

    def __init__(self, search: Mapping[str, Any], columns: tuple[str, ...]) -> None:
        """Keep what pickles; see `index_deals`."""
        self._search = dict(search)
        self._columns = columns

    def open(self, context: FunctionContext) -> None:
        """Connect and make sure of the index: a missing template would guess the field types."""
        log_as_json()
        search = self._search
        self._client = client_for(
            search["url"],
            region=search["region"],
            username=search["username"],
            password=search["password"],
        )
        ensure_template(self._client, search["index"], replicas=search["replicas"])
        folder = search["embedder_dir"]
        self._embedder = None if folder is None else TitleEmbedder.load(CODE_ROOT / folder)
        self._counts = Counts(context)
        self._bulk_ms = 0
        self._counts.watch(Metric.BULK_DURATION_MS, lambda: self._bulk_ms)

    def close(self) -> None:
        """Disconnect."""
        self._client.close()

    def eval(self, *series: "pd.Series[Any]") -> "pd.Series[Any]":
        """(n,) Series in the order of `columns` -> (n,) why a document was rejected, or None."""
        deals = pd.DataFrame(dict(zip(self._columns, series, strict=True)))
        for name in LISTS:
            deals[name] = [text.split(SEPARATOR) if text else [] for text in deals[name]]
        vectors = None
        if self._embedder is not None:
            most = self._search["max_embeddings"]
            vectors = self._embedder.vectors(deals["title"].tolist(), max_new=most)
        documents = documents_of(deals, vectors)
        begun_s = time.monotonic()
        rejections = index_batch(
            self._client,
            documents,
            index=self._search["index"],
            budget_s=self._search["budget_s"],
        )
        self._bulk_ms = round((time.monotonic() - begun_s) * 1000)
        self._counts.add(Metric.DOCUMENTS_TOTAL, len(documents))
        rejected = sum(rejection is not None for rejection in rejections)
        self._counts.add(Metric.DOCUMENTS_REJECTED_TOTAL, rejected)
        return pd.Series(rejections, dtype=object)


def index_deals(search: Mapping[str, Any], columns: Iterable[str]) -> Any:
    """The function.

    Args:
        search: url, index, region, username, password (None where unused), budget_s,
            embedder_dir (None = no vectors), max_embeddings.
        columns: Names of the arguments, in order; lists arrive as SEPARATOR-joined text.
    """
    return udf(IndexDeals(search, tuple(columns)), result_type="STRING", func_type="pandas")
