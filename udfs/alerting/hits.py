"""Matches with all that the state after them needs: alert id, rule, and what its policy says."""

from dataclasses import dataclass

import pandas as pd

from udfs.alerting.batch import COLUMNS
from udfs.alerting.identity import alert_id
from udfs.alerting.matching import RuleBook
from udfs.alerting.policy import Terms, digest_score, terms

# What a frame must have: what rules ask, and the time that policies go by.
HIT_COLUMNS = (*COLUMNS, "observed_at")
# Between the parts of a hit; no rule_id has it.
UNIT = "\x1f"


@dataclass(frozen=True)
class Hit:
    """A rule that matches a deal."""

    alert_id: str
    rule_id: str
    terms: Terms

    def line(self) -> str:
        """Write it as the stages after the matcher read it."""
        return UNIT.join((self.alert_id, self.rule_id, self.terms.text()))


def hits(book: RuleBook, frame: pd.DataFrame) -> list[list[Hit]]:
    """Match a batch.

    Args:
        book: The rules.
        frame: Evaluated deals with HIT_COLUMNS; see `RuleBook.match`.

    Returns:
        For each row of the frame, in its order, its hits, by rule_id ascending.
    """
    columns = (
        frame[name] for name in ("product_key", "price_usd", "observed_at", "deal_score",
                                 "discount_ratio")
    )  # fmt: skip
    return [
        [
            Hit(
                alert_id(rule_id, key, price),
                rule_id,
                terms(rule_id, book.policy(rule_id), int(at_ms), digest_score(score, ratio)),
            )
            for rule_id in rule_ids
        ]
        for rule_ids, key, price, at_ms, score, ratio in zip(
            book.match(frame), *columns, strict=True
        )
    ]
