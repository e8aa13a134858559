"""The accounts of a finished run: what went in must have come out, or be explained."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

DAY_MS = 24 * 3600 * 1000
# Stages whose dead letters stand for a record that its topic's next stage never saw.
PARSE, EVALUATE, INDEX = "parse_deals", "evaluate_deals", "index_deals"

Record = Mapping[str, Any]


@dataclass(frozen=True)
class Ledger:
    """What each stage took and gave.

    Attributes:
        raw, parsed, evaluated, alerts: Records on the topics.
        documents: In OpenSearch, one a deal.
        deals: Distinct deals on deals.evaluated.
        duplicates: Observations that evaluate_deals was right to drop, counted independently of it.
        stats: Windows with figures on deals.stats.
        summarised: Deals in the hours of all categories.
        too_late: Deals that came too late for theirs, by their dead letters.
        dead_letters: By (stage, reason).
        seconds: From the first scan to the last stage's end.
    """

    raw: int
    parsed: int
    evaluated: int
    alerts: int
    documents: int
    deals: int
    duplicates: int
    stats: int
    summarised: int
    too_late: int = 0
    dead_letters: Mapping[tuple[str, str], int] = field(default_factory=dict)
    seconds: float = 0.0

    @property
    def indexed(self) -> int:
        """Evaluations that the index has taken in."""
        return self.evaluated - self.dead_of(INDEX)

    def dead_of(self, stage: str) -> int:
        """Dead letters of a stage."""
        return sum(count for (at, _), count in self.dead_letters.items() if at == stage)

    def by_reason(self) -> dict[str, int]:
        """Dead letters of all stages."""
        reasons: Counter[str] = Counter()
        for (_, reason), count in self.dead_letters.items():
            reasons[reason] += count
        return dict(sorted(reasons.items()))

    def discrepancies(self) -> list[str]:
        """What does not add up, in words; empty when nothing was lost and nothing invented."""
        parse, evaluate, index = (self.dead_of(stage) for stage in (PARSE, EVALUATE, INDEX))
        found = []
        if self.raw != self.parsed + parse:
            found.append(f"raw {self.raw} != parsed {self.parsed} + dead letters {parse}")
        if self.parsed != self.evaluated + self.duplicates + evaluate:
            found.append(
                f"parsed {self.parsed} != evaluated {self.evaluated}"
                f" + duplicates {self.duplicates} + dead letters {evaluate}"
            )
        if self.evaluated != self.summarised + self.too_late:
            found.append(
                f"evaluated {self.evaluated} != in windows {self.summarised}"
                f" + too late {self.too_late}"
            )
        if not self.deals - index <= self.documents <= self.deals:
            found.append(f"{self.documents} documents in OpenSearch for {self.deals} deals")
        return found

    def as_json(self) -> dict[str, Any]:
        """The last line of `--once`."""
        return {
            "raw": self.raw,
            "parsed": self.parsed,
            "evaluated": self.evaluated,
            "indexed": self.indexed,
            "alerts": self.alerts,
            "dead_letters": self.by_reason(),
            "duplicates": self.duplicates,
            "documents": self.documents,
            "stats": self.stats,
            "seconds": round(self.seconds, 1),
        }


def count_duplicates(parsed: Sequence[Record], evaluated: Sequence[Record] = ()) -> int:
    """How many observations repeat another, by the rule of price_history but not by its code.

    An observation repeats another of the same deal at the same price on the same UTC day, or on a
    day on which the first such observation is less than 24 hours away, unless the deal was seen at
    another price between them. One that confirms a suspect price is told all the same.

    Args:
        parsed: Records of deals.parsed, those of a product in the order of its partition.
        evaluated: Records of deals.evaluated: they say which observations confirm.
    """
    confirming = {_key(each) for each in evaluated if "confirmed_low" in each["reason_codes"]}
    seen: dict[str, list[tuple[int, Decimal]]] = {}
    duplicates = 0
    for record in parsed:
        at, price = int(record["observed_at"]), Decimal(str(record["price_usd"]))
        known = seen.setdefault(f"{record['product_key']} {record['deal_id']}", [])
        duplicates += _repeats(at, price, known) and _key(record) not in confirming
        known.append((at, price))
    return duplicates


def _key(record: Record) -> tuple[str, int]:
    return record["deal_id"], int(record["observed_at"])


def _repeats(at: int, price: Decimal, known: Sequence[tuple[int, Decimal]]) -> bool:
    first_of_day: dict[int, int] = {}
    for when, known_price in known:
        if known_price == price:
            first_of_day[when // DAY_MS] = min(when, first_of_day.get(when // DAY_MS, when))
    return any(
        known_price == price
        and (when // DAY_MS == at // DAY_MS or abs(at - first_of_day[when // DAY_MS]) < DAY_MS)
        and not any(min(at, when) < t < max(at, when) and p != price for t, p in known)
        for when, known_price in known
    )
