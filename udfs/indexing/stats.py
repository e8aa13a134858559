"""Figures of a window as a document; its id is the window's, its version the revision."""

import json
import math
from collections.abc import Mapping
from typing import Any

import pandas as pd

from udfs.indexing.documents import Document
from udfs.indexing.template import MAX_KEYWORD

# Field of schemas/deals.stats.avsc -> what it is here.
KEYWORDS = ("window_id", "category", "window_kind", "closed_by")
NUMBERS = ("median_discount_ratio", "fake_list_price_share")
INTEGERS = ("revision", "deals", "bargains", "priced", "list_prices", "fake_list_prices")
TIMES = ("window_start", "window_end", "updated_at")  # UTC epoch milliseconds
BEST = "best"
BEST_KEYWORDS = ("deal_id", "product_key", "url", "merchant")
BEST_TEXTS = ("title",)
BEST_NUMBERS = ("price_usd", "fair_usd_p10", "discount_low_usd", "deal_score")
BEST_TIMES = ("observed_at",)


def stats_documents_of(frame: pd.DataFrame) -> list[Document]:
    """Turn figures into documents.

    Args:
        frame: The columns of schemas/deals.stats.avsc; `best` as a JSON list of objects.

    Returns:
        A document a row, in order.
    """
    rows: list[dict[str, Any]] = frame.to_dict("records")
    return [_document_of(row) for row in rows]


def _document_of(row: Mapping[str, Any]) -> Document:
    fields: dict[str, Any] = {name: row[name] for name in KEYWORDS}
    fields |= {name: float(row[name]) for name in NUMBERS if _is_known(row[name])}
    fields |= {name: int(row[name]) for name in (*INTEGERS, *TIMES)}
    fields[BEST] = [
        {name: value for name, value in deal.items() if value is not None}
        for deal in json.loads(row[BEST] or "[]")
    ]
    body = json.dumps(fields, ensure_ascii=False, allow_nan=False).encode("utf-8", "replace")
    return Document(fields["window_id"], fields["revision"], body)


def _is_known(value: Any) -> bool:
    return value is not None and not math.isnan(value)


def stats_mappings() -> dict[str, Any]:
    """Map every field of a document; an unknown one is refused rather than guessed."""
    keyword = {"type": "keyword", "ignore_above": MAX_KEYWORD}
    date = {"type": "date", "format": "epoch_millis"}
    best: dict[str, Any] = dict.fromkeys(BEST_KEYWORDS, keyword)
    best |= {name: {"type": "text", "fields": {"raw": keyword}} for name in BEST_TEXTS}
    best |= {name: {"type": "double"} for name in BEST_NUMBERS}
    best |= dict.fromkeys(BEST_TIMES, date)
    properties: dict[str, Any] = dict.fromkeys(KEYWORDS, keyword)
    properties |= {name: {"type": "double"} for name in NUMBERS}
    properties |= {name: {"type": "long"} for name in INTEGERS}
    properties |= dict.fromkeys(TIMES, date)
    # Nested: what is asked of a best deal is asked of one, not of several together.
    properties[BEST] = {"type": "nested", "dynamic": "strict", "properties": best}
    return {"dynamic": "strict", "properties": properties}
