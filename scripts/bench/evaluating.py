"""What every peer does with a record: read it, judge it with the price memory's answer, write it.

The rules and the model are the product's own; only who calls them, and with how many records at a
time, differs between peers.
"""

import io
import struct
import zlib
from collections.abc import Mapping, Sequence
from decimal import ROUND_HALF_UP, Decimal
from pathlib import Path
from typing import Any
from uuid import UUID

import fastavro
import numpy as np
from numpy.typing import NDArray

from schemas.codec import shipped
from schemas.frames import HEADER_BYTES
from schemas.registry import Registry
from scripts.bench.price_memory import Said, observe
from scripts.bench.product_state import ProductState
from udfs.verdicts.evidence import Evidence
from udfs.verdicts.judging import Judge

UNITS_PER_USD = 10_000
INPUT, OUTPUT = "deals.parsed", "deals.evaluated"
_CENTIMIL = Decimal("0.0001")


class BadRecord(Exception):
    """The bytes are no record."""


class Records:
    """Reads deals.parsed and writes deals.evaluated, as users of fastavro would."""

    def __init__(self, registry: Registry) -> None:
        """Ask the registry once."""
        self._input_id = registry.version_id(INPUT)
        self._output_id = registry.version_id(OUTPUT).bytes
        self._input, self._output = shipped(INPUT).parsed, shipped(OUTPUT).parsed

    def read(self, value: bytes | None) -> dict[str, Any]:
        """The deal in a Kafka value.

        Raises:
            BadRecord: there is none.
        """
        try:
            if not value or value[0] != 3 or UUID(bytes=value[2:HEADER_BYTES]) != self._input_id:
                raise BadRecord
            body = io.BytesIO(zlib.decompress(value[HEADER_BYTES:]) if value[1] else value[18:])
            deal: Any = fastavro.schemaless_reader(body, self._input)
        except (ValueError, EOFError, IndexError, struct.error, zlib.error) as error:
            raise BadRecord from error
        return dict(deal)

    def write(self, record: Mapping[str, Any]) -> bytes:
        """The Kafka value of an evaluated deal."""
        body = io.BytesIO()
        fastavro.schemaless_writer(body, self._output, record)
        return b"\x03\x00" + self._output_id + body.getvalue()


def remember(state: ProductState, deal: Mapping[str, Any]) -> Said | None:
    """Take a deal into its product's state; None if it is a duplicate that confirms nothing."""
    return observe(
        state,
        deal["deal_id"],
        deal["source"],
        deal["merchant"],
        int(deal["price_usd"].scaleb(4)),
        deal["observed_at"],
    )


class Evaluator:
    """Makes evaluated deals of deals and what their history says."""

    def __init__(self, folder: Path | None) -> None:
        """Load the model; None: deals pass with their history and no verdict."""
        self._judge = None if folder is None else Judge.load(folder)

    def evaluate(
        self, deals: Sequence[Mapping[str, Any]], said: Sequence[Said]
    ) -> list[dict[str, Any]]:
        """N deals and n answers of the price memory -> n records of deals.evaluated."""
        records = [_with_history(deal, each) for deal, each in zip(deals, said, strict=True)]
        if self._judge is None or not records:
            return records
        titles = [each["title"] for each in deals]
        model_usd = self._judge.model.quantiles_usd(
            titles,
            [each["brand"] for each in deals],
            [each["category"] for each in deals],
        )
        evidence = Evidence(
            price_usd=_usd(each["price_usd"] for each in deals),
            list_price_usd=_usd(each["list_price_usd"] for each in deals),
            previous_price_usd=_money(each.previous_price_usd for each in said),
            low_90d_usd=_money(each.low_90d for each in said),
            all_time_low_usd=_money(each.all_time_low for each in said),
            all_time_high_usd=_money(each.all_time_high for each in said),
            typical_usd=_money(each.typical_90d for each in said),
            days_observed=np.array([each.days_observed for each in said], float),
            condition=np.array([each["condition"] for each in deals], object),
            is_expired=np.array([each["is_expired"] for each in deals], bool),
            is_held=np.array([each.is_held for each in said], bool),
            is_repeated=np.array([each.is_repeated for each in said], bool),
            model_usd=model_usd,
        )
        judged = self._judge.judge(titles, evidence)
        verdicts = judged.verdicts
        for row, record in enumerate(records):
            p10, p50, p90 = (_decimal(each) for each in verdicts.fair_usd[row].tolist())
            price = record["price_usd"]
            record |= {
                "fair_usd_p10": p10,
                "fair_usd_p50": p50,
                "fair_usd_p90": p90,
                "model_version": str(judged.model_version[row]),
                "discount_usd": p50 - price if p50 is not None else None,
                "discount_ratio": float((p50 - price) / p50) if p50 else None,
                "verdict": str(verdicts.verdict[row]),
                "reason_codes": list(judged.reason_codes[row]),
                "reasons": list(judged.reasons[row]),
                "deal_score": _number(judged.deal_score[row]),
                "low_badge": str(verdicts.low_badge[row]),
            }
            _add_unit_price(record, judged.unit_count[row])
        return records


def _with_history(deal: Mapping[str, Any], said: Said) -> dict[str, Any]:
    return dict(deal) | {
        "fair_usd_p10": None,
        "fair_usd_p50": None,
        "fair_usd_p90": None,
        "model_version": "none",
        "discount_usd": None,
        "discount_ratio": None,
        "previous_price": _price(said.previous_price_usd),
        "low_7d": _price(said.low_7d),
        "low_30d": _price(said.low_30d),
        "low_90d": _price(said.low_90d),
        "all_time_low": _price(said.all_time_low),
        "days_observed": said.days_observed,
        "observations": said.observations,
        "verdict": "unknown",
        "reason_codes": ["no_estimate"],
        "reasons": ["nothing known to compare with"],
        "linked_from": None,
        "unit_count": None,
        "unit_price_usd": None,
        "deal_score": None,
        "typical_7d": _price(said.typical_7d),
        "typical_30d": _price(said.typical_30d),
        "typical_90d": _price(said.typical_90d),
        "all_time_low_at": said.all_time_low_at,
        "last_change_at": said.last_change_at,
        "shops_observed": said.shops_observed,
        "low_badge": "none",
    }


def _add_unit_price(record: dict[str, Any], count: int | None) -> None:
    if count is not None:
        record["unit_count"] = count
        record["unit_price_usd"] = (record["price_usd"] / count).quantize(_CENTIMIL, ROUND_HALF_UP)


def _price(value: int | None) -> Decimal | None:
    return None if value is None else Decimal(value).scaleb(-4)


def _usd(values: Any) -> NDArray[np.float64]:
    return np.array([np.nan if each is None else float(each) for each in values])


def _money(values: Any) -> NDArray[np.float64]:
    return np.array([np.nan if each is None else each / UNITS_PER_USD for each in values])


def _decimal(value: float) -> Decimal | None:
    return None if np.isnan(value) else Decimal(repr(value)).quantize(_CENTIMIL, ROUND_HALF_UP)


def _number(value: Any) -> float | None:
    return None if value is None or np.isnan(value) else float(value)
