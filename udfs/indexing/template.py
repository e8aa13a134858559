"""The index: explicit mappings, made before the first document and safe to make again."""

from collections.abc import Mapping
from typing import Any

from opensearchpy import OpenSearch
from opensearchpy.exceptions import RequestError

from udfs.indexing.documents import FLAGS, INTEGERS, KEYWORDS, LISTS, NUMBERS, TEXTS, TIMES, VECTOR

# Raise it when a mapping changes in a way that existing documents cannot follow; then reindex.
GENERATION = 1
DIMENSIONS = 384  # of all-MiniLM-L6-v2
TRANSLOG_SIZE = "64mb"
# Longer values stay in the document but cannot be searched: Lucene refuses terms above 32 kB.
MAX_KEYWORD = 1_024


def mappings() -> dict[str, Any]:
    """Map every field of a document; an unknown one is refused rather than guessed."""
    keyword = {"type": "keyword", "ignore_above": MAX_KEYWORD}
    properties: dict[str, Any] = dict.fromkeys((*KEYWORDS, *LISTS), keyword)
    properties |= {name: {"type": "text", "fields": {"raw": keyword}} for name in TEXTS}
    properties |= {name: {"type": "double"} for name in NUMBERS}
    properties |= {name: {"type": "long"} for name in INTEGERS}
    properties |= {name: {"type": "date", "format": "epoch_millis"} for name in TIMES}
    properties |= {name: {"type": "boolean"} for name in FLAGS}
    properties[VECTOR] = {
        "type": "knn_vector",
        "dimension": DIMENSIONS,
        # At the default m, recall falls on vectors that form no clusters.
        "method": {
            "name": "hnsw",
            "engine": "lucene",
            "space_type": "cosinesimil",
            "parameters": {"m": 24, "ef_construction": 128},
        },
    }
    return {"dynamic": "strict", "properties": properties}


def template(
    alias: str, fields: Mapping[str, Any] | None = None, *, shards: int = 1, replicas: int = 0
) -> dict[str, Any]:
    """Describe every index behind an alias.

    Args:
        alias: Name that jobs and people use; the indices are ALIAS-v1, ALIAS-v2, ...
        fields: Mappings; those of deals by default.
        shards: Primary shards of an index.
        replicas: Copies of each; 0 where there is one node.
    """
    return {
        "index_patterns": [f"{alias}-v*"],
        "template": {
            "settings": {
                "number_of_shards": shards,
                "number_of_replicas": replicas,
                # Cannot be switched on later: a knn_vector field can then join by a new mapping.
                "index.knn": True,
                # All that is not flushed is indexed again after a crash, and nothing is found
                # meanwhile. Of the default of 512 MB that would be minutes.
                "index.translog.flush_threshold_size": TRANSLOG_SIZE,
            },
            "mappings": mappings() if fields is None else dict(fields),
        },
    }


def ensure_template(
    client: OpenSearch,
    alias: str,
    fields: Mapping[str, Any] | None = None,
    *,
    shards: int = 1,
    replicas: int = 0,
) -> None:
    """Put the template and see that the alias leads to an index with the current mappings.

    May be called by every task at every start: what is there stays, new fields are added.

    Raises:
        opensearchpy.OpenSearchException: the cluster is away, or a mapping cannot be changed in
            place (then raise GENERATION).
    """
    index = f"{alias}-v{GENERATION}"
    body = template(alias, fields, shards=shards, replicas=replicas)
    client.indices.put_index_template(name=alias, body=body)
    if not client.indices.exists(index=index):
        try:
            client.indices.create(index=index)
        except RequestError as error:
            if error.error != "resource_already_exists_exception":  # another task was faster
                raise
    client.indices.put_mapping(index=index, body=body["template"]["mappings"])
    if not client.indices.exists_alias(name=alias):
        client.indices.put_alias(index=index, name=alias, body={"is_write_index": True})
