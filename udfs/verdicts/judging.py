"""A batch of offers judged by the model of a folder and what is known of their products' past."""

from dataclasses import dataclass
from pathlib import Path
from typing import Self

import numpy as np

from udfs.pricing.deal_score import DealScore
from udfs.pricing.model import FairPriceModel, Size
from udfs.pricing.neighbours import NeighbourIndex
from udfs.pricing.packs import unit_count
from udfs.verdicts.evidence import HISTORY_VERSION, Evidence, Floats, Texts
from udfs.verdicts.reasons import ReasonCode
from udfs.verdicts.similar import similar_products
from udfs.verdicts.verdict import Verdict, Verdicts, judge

MAX_RECENT = 20_000  # titles whose similar products are remembered, about 5 MB
MAX_CHARS = 1_000  # of such a title: a hostile one may be huge


@dataclass(frozen=True)
class Judged:
    """Of a batch of n offers.

    Attributes:
        verdicts: By the evidence alone.
        model_version: (n,) what the fair price is from; "none" where there is none.
        reason_codes: n tuples of codes, similar products included.
        reasons: n tuples of sentences, in the same order.
        deal_score: (n,) 0..1, NaN = unknown.
        unit_count: n numbers of pieces in the pack, None = not said.
    """

    verdicts: Verdicts
    model_version: Texts
    reason_codes: list[tuple[str, ...]]
    reasons: list[tuple[str, ...]]
    deal_score: Floats
    unit_count: list[int | None]


class Judge:
    """Model, deal score and similar products of one folder."""

    def __init__(
        self, model: FairPriceModel, deal_score: DealScore, neighbours: NeighbourIndex
    ) -> None:
        """Judge with these; `load` reads them from a folder."""
        self.model = model
        self._deal_score, self._neighbours = deal_score, neighbours
        self._recent: dict[str, tuple[str, str]] = {}

    @classmethod
    def load(cls, folder: Path, size: Size = Size.FAST) -> Self:
        """Load what the folder's manifest.json names.

        Raises:
            ModelError: a file is missing or is not the one of the manifest.
        """
        neighbours = NeighbourIndex.load(folder)
        model = FairPriceModel.load(folder, size, neighbours)
        return cls(model, DealScore.load(folder, size), neighbours)

    def judge(self, titles: list[str], evidence: Evidence) -> Judged:
        """Judge n offers; `evidence.model_usd` is from `self.model`."""
        verdicts = judge(evidence)
        codes, reasons = self._with_similar(verdicts, titles)
        version = np.where(verdicts.is_from_history, HISTORY_VERSION, self.model.version)
        is_known = np.isfinite(verdicts.fair_usd).all(axis=1)
        return Judged(
            verdicts=verdicts,
            model_version=np.where(is_known, version, "none").astype(object),
            reason_codes=codes,
            reasons=reasons,
            deal_score=self._deal_score.probability(
                evidence.price_usd,
                evidence.list_price_usd,
                verdicts.fair_usd,
                verdicts.is_from_history,
            ),
            unit_count=[unit_count(each) for each in titles],
        )

    def _with_similar(
        self, verdicts: Verdicts, titles: list[str]
    ) -> tuple[list[tuple[str, ...]], list[tuple[str, ...]]]:
        """Reason codes and reasons; the model's bargains say what similar products cost.

        Only those: a search costs about a third of a millisecond.
        """
        codes: list[tuple[str, ...]] = [tuple(map(str, each)) for each in verdicts.reason_codes]
        reasons = list(verdicts.reasons)
        is_asked = (verdicts.verdict == Verdict.BARGAIN) & ~verdicts.is_from_history
        asked = np.flatnonzero(is_asked).tolist()
        for row, (code, sentence) in zip(
            asked, self._similar([titles[row] for row in asked]), strict=True
        ):
            codes[row] += (code,)
            reasons[row] += (sentence,)
        return codes, reasons

    def _similar(self, titles: list[str]) -> list[tuple[str, str]]:
        """Code and sentence of each; those of recent titles are remembered."""
        fresh = [title for title in dict.fromkeys(titles) if title not in self._recent]
        found = self._neighbours.find(fresh)
        answers = {
            title: _plain(similar_products(*each))
            for title, *each in zip(
                fresh, found.similarity.tolist(), found.price_usd.tolist(), strict=True
            )
        }
        said = [answers[title] if title in answers else self._recent[title] for title in titles]
        self._recent |= {title: answers[title] for title in fresh if len(title) <= MAX_CHARS}
        while len(self._recent) > MAX_RECENT:
            self._recent.pop(next(iter(self._recent)))
        return said


def _plain(reason: tuple[ReasonCode, str]) -> tuple[str, str]:
    code, sentence = reason
    return str(code), sentence
