"""Search of deals by words and by meaning at once."""

from typing import Any

import numpy as np

from udfs.searching.embedder import Vectors

# Of each of the two rankings so many are fused; the published constant of reciprocal rank fusion.
CANDIDATES = 50
RANK_CONSTANT = 60


def words_body(words: str, filters: list[dict[str, Any]]) -> dict[str, Any]:
    """The request by words; what is typed is data, no query language."""
    must = [{"match": {"title": {"query": words}}}]
    query = {"bool": {"must": must, "filter": filters}}
    return {"size": CANDIDATES, "query": query, "_source": {"excludes": ["title_vector"]}}


def meaning_body(vector: Vectors, filters: list[dict[str, Any]]) -> dict[str, Any]:
    """The request by vector, (384,); the filter holds inside the search, so k are found."""
    knn: dict[str, Any] = {"vector": np.asarray(vector, float).tolist(), "k": CANDIDATES}
    if filters:
        knn["filter"] = {"bool": {"filter": filters}}
    query = {"knn": {"title_vector": knn}}
    return {"size": CANDIDATES, "query": query, "_source": {"excludes": ["title_vector"]}}


def filters_of(
    *, verdict: str | None = None, max_price_usd: float | None = None
) -> list[dict[str, Any]]:
    """What every hit must be."""
    filters: list[dict[str, Any]] = []
    if verdict is not None:
        filters.append({"term": {"verdict": verdict}})
    if max_price_usd is not None:
        filters.append({"range": {"price_usd": {"lte": max_price_usd}}})
    return filters


def fused(rankings: list[list[str]], limit: int) -> list[str]:
    """Ids of several rankings as one: reciprocal rank fusion; ties go to the first ranking.

    >>> fused([["a", "b"], ["b", "c"]], 2)
    ['b', 'a']
    """
    score: dict[str, float] = {}
    for ranking in rankings:
        for rank, each in enumerate(ranking, 1):
            score[each] = score.get(each, 0.0) + 1 / (RANK_CONSTANT + rank)
    return sorted(score, key=lambda each: -score[each])[:limit]
