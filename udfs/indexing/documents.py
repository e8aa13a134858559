"""An evaluated deal as a document: one a deal, its id the deal's, its version the event time."""

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

Vector = NDArray[np.float32]

# Field of schemas/deals.evaluated.avsc -> what it is here. The template maps the same fields.
KEYWORDS = (
    "deal_id",
    "product_key",
    "source",
    "item_id",
    "url",
    "merchant",
    "brand",
    "model_number",
    "category",
    "currency",
    "condition",
    "coupon",
    "model_version",
    "verdict",
    "linked_from",
    "low_badge",
)
TEXTS = ("title",)
LISTS = ("reason_codes", "reasons")
# Money becomes a float64: exact to its four decimals below 10^11, which the parser never exceeds.
# The exact decimals stay in Kafka; an index is for searching and charts.
NUMBERS = (
    "price",
    "price_usd",
    "list_price",
    "list_price_usd",
    "fair_usd_p10",
    "fair_usd_p50",
    "fair_usd_p90",
    "discount_usd",
    "discount_ratio",
    "previous_price",
    "low_7d",
    "low_30d",
    "low_90d",
    "all_time_low",
    "unit_price_usd",
    "deal_score",
    "typical_7d",
    "typical_30d",
    "typical_90d",
)
INTEGERS = ("temperature", "days_observed", "observations", "unit_count", "shops_observed")
TIMES = ("observed_at", "expires_at", "all_time_low_at", "last_change_at")  # UTC epoch milliseconds
FLAGS = ("is_expired",)
VECTOR = "title_vector"  # no column of the topic: made here, where there is an embedder


@dataclass(frozen=True)
class Document:
    """What is sent.

    Attributes:
        doc_id: The deal's id: the same after any replay.
        version: observed_at, so that an older observation never replaces a newer one.
        body: JSON, UTF-8, one line.
    """

    doc_id: str
    version: int
    body: bytes


def documents_of(
    frame: pd.DataFrame, vectors: Sequence[Vector | None] | None = None
) -> list[Document]:
    """Turn evaluated deals into documents.

    Args:
        frame: The columns of schemas/deals.evaluated.avsc; others are left out, as are fields
            without a value.
        vectors: Of the titles, a row each; None where there is none.

    Returns:
        A document a row, in order.
    """
    rows: list[dict[str, Any]] = frame.to_dict("records")
    if vectors is None:
        vectors = [None] * len(rows)
    return [document_of(row, vector) for row, vector in zip(rows, vectors, strict=True)]


def document_of(deal: Mapping[str, Any], vector: Vector | None = None) -> Document:
    """Turn one evaluated deal into a document.

    Args:
        deal: Money as Decimal or float, times as UTC epoch milliseconds, None or NaN for no value.
        vector: Of the title, (384,) of unit length.

    Raises:
        KeyError: deal_id or observed_at is missing.
    """
    fields: dict[str, Any] = {}
    for name in (*KEYWORDS, *TEXTS):
        fields[name] = _text(deal.get(name))
    for name in LISTS:
        fields[name] = [text for each in _list(deal.get(name)) if (text := _text(each))]
    for name in NUMBERS:
        fields[name] = _number(deal.get(name))
    for name in (*INTEGERS, *TIMES):
        number = _number(deal.get(name))
        fields[name] = None if number is None else int(number)
    for name in FLAGS:
        number = _number(deal.get(name))
        fields[name] = None if number is None else bool(number)
    known = {name: value for name, value in fields.items() if value not in (None, [])}
    if vector is not None:
        known[VECTOR] = [round(each, 5) for each in vector.tolist()]
    # A lone surrogate is no UTF-8; one in a title must not make the whole bulk unreadable.
    body = json.dumps(known, ensure_ascii=False, allow_nan=False).encode("utf-8", "replace")
    return Document(known["deal_id"], known["observed_at"], body)


def _text(value: Any) -> str | None:
    return value if isinstance(value, str) else None


def _list(value: Any) -> Sequence[Any]:
    return () if value is None or isinstance(value, (str, float)) else list(value)


def _number(value: Any) -> float | None:
    if value is None or value is pd.NA:
        return None
    number = float(value)
    return number if math.isfinite(number) else None
