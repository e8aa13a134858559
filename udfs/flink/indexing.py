"""Indexing, as Flink calls it."""

import time
from abc import abstractmethod
from collections.abc import Iterable, Mapping
from typing import Any

import pandas as pd
from pyflink.table.udf import FunctionContext, udf

from udfs.flink.counting import Counts
from udfs.flink.rows import CODE_ROOT, SEPARATOR, OncePerRow
from udfs.indexing.bulk import index_batch
from udfs.indexing.client import client_for
from udfs.indexing.documents import LISTS, Document, documents_of
from udfs.indexing.stats import stats_documents_of, stats_mappings
from udfs.indexing.template import ensure_template
from udfs.metrics import Metric
from udfs.searching.embedder import TitleEmbedder


class _Indexing(OncePerRow):
    """Rows into an index of OpenSearch, a bulk a batch, by udfs.indexing."""

    _sent = Metric.DOCUMENTS_TOTAL

    def __init__(self, search: Mapping[str, Any], columns: tuple[str, ...]) -> None:
        """Keep what pickles; see `index_deals`."""
        self._search = dict(search)
        self._columns = columns

    def open(self, context: FunctionContext) -> None:
        """Connect and make sure of the index: a missing template would guess the field types."""
        super().open(context)
        search = self._search
        self._client = client_for(
            search["url"],
            region=search["region"],
            username=search["username"],
            password=search["password"],
        )
        self._ensure_index()
        self._counts = Counts(context)
        self._bulk_ms = 0
        self._counts.watch(Metric.BULK_DURATION_MS, lambda: self._bulk_ms)

    def close(self) -> None:
        """Disconnect."""
        self._client.close()

    def eval(self, *series: "pd.Series[Any]") -> "pd.Series[Any]":
        """(n,) Series in the order of `columns` -> (n,) why a document was rejected, or None."""
        rows = pd.DataFrame(dict(zip(self._columns, series, strict=True)))
        documents = self._documents(rows)
        begun_s = time.monotonic()
        rejections = index_batch(
            self._client,
            documents,
            index=self._index(),
            budget_s=self._search["budget_s"],
        )
        self._bulk_ms = round((time.monotonic() - begun_s) * 1000)
        self._counts.add(self._sent, len(documents))
        rejected = sum(rejection is not None for rejection in rejections)
        self._counts.add(Metric.DOCUMENTS_REJECTED_TOTAL, rejected)
        return pd.Series(rejections, dtype=object)

    @abstractmethod
    def _index(self) -> str:
        """Alias of the index."""

    @abstractmethod
    def _ensure_index(self) -> None:
        """Make what is missing."""

    @abstractmethod
    def _documents(self, rows: pd.DataFrame) -> list[Document]:
        """A document a row."""


class IndexDeals(_Indexing):
    """Evaluated deals into OpenSearch, with vectors of their titles."""

    def open(self, context: FunctionContext) -> None:
        """Connect, and load the embedder: it is no part of what is pickled."""
        super().open(context)
        folder = self._search["embedder_dir"]
        self._embedder = None if folder is None else TitleEmbedder.load(CODE_ROOT / folder)

    def _index(self) -> str:
        return str(self._search["index"])

    def _ensure_index(self) -> None:
        ensure_template(self._client, self._index(), replicas=self._search["replicas"])

    def _documents(self, rows: pd.DataFrame) -> list[Document]:
        for name in LISTS:
            rows[name] = [text.split(SEPARATOR) if text else [] for text in rows[name]]
        vectors = None
        if self._embedder is not None:
            most = self._search["max_embeddings"]
            vectors = self._embedder.vectors(rows["title"].tolist(), max_new=most)
        return documents_of(rows, vectors)


class IndexStats(_Indexing):
    """Figures of windows into OpenSearch."""

    _sent = Metric.WINDOW_DOCUMENTS_TOTAL

    def _index(self) -> str:
        return str(self._search["stats_index"])

    def _ensure_index(self) -> None:
        replicas = self._search["replicas"]
        ensure_template(self._client, self._index(), stats_mappings(), replicas=replicas)

    def _documents(self, rows: pd.DataFrame) -> list[Document]:
        return stats_documents_of(rows)


def index_deals(search: Mapping[str, Any], columns: Iterable[str]) -> Any:
    """The function.

    Args:
        search: url, index, region, username, password (None where unused), budget_s,
            embedder_dir (None = no vectors), max_embeddings.
        columns: Names of the arguments, in order; lists arrive as SEPARATOR-joined text.
    """
    return udf(IndexDeals(search, tuple(columns)), result_type="STRING", func_type="pandas")


def index_stats(search: Mapping[str, Any], columns: Iterable[str]) -> Any:
    """The function.

    Args:
        search: As for `index_deals`, and stats_index.
        columns: Names of the arguments, in order; `best` arrives as JSON.
    """
    return udf(IndexStats(search, tuple(columns)), result_type="STRING", func_type="pandas")
