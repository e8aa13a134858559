"""Which rules match which deals: ten thousand rules against a batch, without trying each.

Every alternative of a rule is filed under its most selective condition: a product, else the
rarest of its shops, brands, categories and words, else a number. A deal is compared only with the
alternatives filed under its own values; all other conditions are then checked for all such pairs
at once.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from udfs.alerting.batch import COLUMNS, MEASURES, MISSING, NAMES, Batch
from udfs.alerting.postings import Ints, Postings, bounded, contains, spans
from udfs.alerting.rules import Conditions, Rule
from udfs.alerting.text import tokens

Flags = NDArray[np.bool_]

__all__ = ["COLUMNS", "RuleBook"]

# Condition on a name -> the column that it asks.
INCLUDED = {
    "product_keys": "product_key",
    "merchants": "merchant",
    "brands": "brand",
    "categories": "category",
    "conditions": "condition",
    "verdicts": "verdict",
}
EXCLUDED = {"excluded_merchants": "merchant"}
# Those that alternatives are filed under, product first. States and verdicts are too few to select.
FILED = ("product_keys", "merchants", "brands", "categories")


class RuleBook:
    """An immutable set of rules, ready to match.

    `len()` is the number of enabled rules.
    """

    def __init__(self, rules: Iterable[Rule]) -> None:
        """File the rules.

        Args:
            rules: Any order; of two with the same id the later counts. Disabled ones match nothing.
        """
        latest = {rule.rule_id: rule for rule in rules}
        self._rule_ids = sorted(key for key, rule in latest.items() if rule.is_enabled)
        alternatives = [
            (position, conditions)
            for position, key in enumerate(self._rule_ids)
            for conditions in latest[key].any_of
        ]
        self._rule_of = np.array([position for position, _ in alternatives], dtype=np.int64)
        conditions = [each for _, each in alternatives]
        self._read_names(conditions)
        self._read_words(conditions)
        self._thresholds = np.array(
            [_thresholds(each) for each in conditions], dtype=np.float64
        ).reshape(-1, len(MEASURES))
        self._used_measures = np.flatnonzero((self._thresholds > -np.inf).any(axis=0)).tolist()
        self._file(conditions)

    def __len__(self) -> int:
        """Count the enabled rules."""
        return len(self._rule_ids)

    @property
    def rule_ids(self) -> tuple[str, ...]:
        """The enabled rules, ascending."""
        return tuple(self._rule_ids)

    def match(self, frame: pd.DataFrame) -> list[list[str]]:
        """Find the rules that match each deal.

        An expired deal matches nothing, a suspect one only rules that ask for that verdict.

        Args:
            frame: Evaluated deals; COLUMNS are read. Money as Decimal or float; None, NaN or NA
                where there is no value.

        Returns:
            For each row of the frame, in its order, the ids of the matching rules, ascending.
        """
        matches: list[list[str]] = [[] for _ in range(len(frame))]
        if not len(frame) or not len(self._rule_of):
            return matches
        batch = Batch.of(frame, self._names, self._words)
        found = [self._checked(batch, *pairs) for pairs in self._candidates(batch)]
        if not found:
            return matches
        deals = np.concatenate([deal for deal, _ in found])
        rules = self._rule_of[np.concatenate([clause for _, clause in found])]
        count = len(self._rule_ids)
        for key in np.unique(batch.rows[deals] * count + rules).tolist():
            matches[key // count].append(self._rule_ids[key % count])
        return matches

    def _read_names(self, conditions: Sequence[Conditions]) -> None:
        """Give every name in the rules a code and remember, sorted, who names what."""
        self._names: dict[str, dict[str, int]] = {column: {} for column in NAMES}
        self._named: dict[str, Postings] = {}
        self._pairs: dict[str, Ints] = {}
        for field, column in (INCLUDED | EXCLUDED).items():
            codes, compared = self._names[column], NAMES[column]
            self._named[field] = Postings.of(
                sorted({codes.setdefault(compared(name), len(codes)) for name in names})
                for names in (getattr(each, field) for each in conditions)
            )
        for field, column in (INCLUDED | EXCLUDED).items():
            owners, members = self._named[field].read(np.arange(len(conditions)))
            self._pairs[field] = owners * max(1, len(self._names[column])) + members

    def _read_words(self, conditions: Sequence[Conditions]) -> None:
        """Give every token in the rules a code; words of several tokens are phrases as well."""
        self._words: dict[str, int] = {}
        self._phrases: dict[int, tuple[str, ...]] = {}
        lists = []
        for clause, each in enumerate(conditions):
            split = [tokens(word) for word in each.words]
            lists.append(
                sorted(
                    {self._words.setdefault(t, len(self._words)) for word in split for t in word}
                )
            )
            phrases = tuple(f" {' '.join(word)} " for word in split if len(word) > 1)
            if phrases:
                self._phrases[clause] = phrases
        self._worded = Postings.of(lists)
        self._has_phrase = np.zeros(len(conditions), dtype=np.bool_)
        self._has_phrase[list(self._phrases)] = True

    def _file(self, conditions: Sequence[Conditions]) -> None:
        """File every alternative once, where the fewest others are."""
        filings: dict[str, list[list[int]]] = {
            field: [[] for _ in self._names[INCLUDED[field]]] for field in FILED
        }
        filings["words"] = [[] for _ in self._words]
        by_measure: list[list[int]] = [[] for _ in MEASURES]
        unfiled: list[int] = []
        sources = {field: self._named[field] for field in FILED} | {"words": self._worded}
        popularity = {field: Counter(each.members.tolist()) for field, each in sources.items()}
        for clause in range(len(conditions)):
            best: tuple[int, str, list[int]] | None = None
            for field, postings in sources.items():
                keys = postings.members[
                    postings.offsets[clause] : postings.offsets[clause + 1]
                ].tolist()
                if not keys:
                    continue
                counts = popularity[field]
                if field == "words":  # all of them must hold: one is enough to find the deal
                    keys = [min(keys, key=counts.__getitem__)]
                crowd = sum(counts[key] for key in keys)
                if best is None or crowd < best[0]:
                    best = (crowd, field, keys)
                if field == "product_keys":
                    break
            if best:
                for key in best[2]:
                    filings[best[1]][key].append(clause)
                continue
            set_here = np.flatnonzero(self._thresholds[clause] > -np.inf)
            (by_measure[set_here[0]] if len(set_here) else unfiled).append(clause)
        self._filings = {field: Postings.of(lists) for field, lists in filings.items()}
        self._by_measure: list[Ints] = []
        for measure, clauses in enumerate(by_measure):
            ids = np.array(clauses, dtype=np.int64)
            self._by_measure.append(ids[np.argsort(self._thresholds[ids, measure], kind="stable")])
        self._unfiled = np.array(unfiled, dtype=np.int64)

    def _candidates(self, batch: Batch) -> Iterator[tuple[Ints, Ints]]:
        """Yield (deal, alternative) pairs that may match; each pair at most once."""
        deals = np.arange(len(batch.rows))
        for field in FILED:
            codes = batch.codes[INCLUDED[field]]
            named = np.flatnonzero(codes >= 0)
            yield from _read(self._filings[field], named, codes[named])
        yield from _read(self._filings["words"], batch.word_deals, batch.word_codes)
        for measure, clauses in enumerate(self._by_measure):
            if not len(clauses):
                continue
            reached = np.searchsorted(
                self._thresholds[clauses, measure], batch.measures[measure], side="right"
            )
            for part in bounded(reached):
                counts = reached[part]
                positions = spans(np.zeros_like(counts), counts)
                yield np.repeat(deals[part], counts), clauses[positions]
        everywhere = np.full(len(deals), len(self._unfiled))
        for part in bounded(everywhere):
            yield (
                np.repeat(deals[part], everywhere[part]),
                np.tile(self._unfiled, len(deals[part])),
            )

    def _checked(self, batch: Batch, deals: Ints, clauses: Ints) -> tuple[Ints, Ints]:
        """Keep the pairs for which every condition holds, cheapest conditions first."""
        for measure in self._used_measures:
            holds = batch.measures[measure][deals] >= self._thresholds[clauses, measure]
            deals, clauses = deals[holds], clauses[holds]
        for field, column in INCLUDED.items():
            asks = self._named[field].counts(clauses) > 0
            holds = ~asks
            if field == "verdicts":
                holds &= ~batch.is_suspect[deals]
            holds[asks] = self._names_it(batch, field, column, deals[asks], clauses[asks])
            deals, clauses = deals[holds], clauses[holds]
        for field, column in EXCLUDED.items():
            asks = self._named[field].counts(clauses) > 0
            # A shop that is not known may be the one that is not wanted.
            holds = ~(asks & (batch.codes[column][deals] == MISSING))
            holds[asks] &= ~self._names_it(batch, field, column, deals[asks], clauses[asks])
            deals, clauses = deals[holds], clauses[holds]
        return self._has_words(batch, deals, clauses)

    def _names_it(self, batch: Batch, field: str, column: str, deals: Ints, clauses: Ints) -> Flags:
        codes = batch.codes[column][deals]
        keys = clauses * max(1, len(self._names[column])) + codes
        return contains(self._pairs[field], keys) & (codes >= 0)

    def _has_words(self, batch: Batch, deals: Ints, clauses: Ints) -> tuple[Ints, Ints]:
        positions, words = self._worded.read(clauses)
        width = max(1, len(self._words))
        present = np.sort(batch.word_deals * width + batch.word_codes)
        absent = ~contains(present, deals[positions] * width + words)
        holds = np.bincount(positions[absent], minlength=len(deals)) == 0
        for pair in np.flatnonzero(holds & self._has_phrase[clauses]).tolist():
            text = batch.texts[deals[pair]]
            holds[pair] = all(phrase in text for phrase in self._phrases[int(clauses[pair])])
        return deals[holds], clauses[holds]


def _read(filing: Postings, deals: Ints, keys: Ints) -> Iterator[tuple[Ints, Ints]]:
    for part in bounded(filing.counts(keys)):
        positions, clauses = filing.read(keys[part])
        yield deals[part][positions], clauses


def _thresholds(conditions: Conditions) -> list[float]:
    """Give the threshold of each measure; -inf, which every deal reaches, where none is set."""
    limits: dict[str, float] = {}
    for name in MEASURES:
        value = getattr(conditions, name, None)
        if value is not None and not isinstance(value, bool):
            limits[name] = -float(value) if name == "max_price_usd" else float(value)
    if conditions.is_below_p10 is not None:
        limits["is_below_p10" if conditions.is_below_p10 else "is_not_below_p10"] = 1.0
    return [limits.get(name, -np.inf) for name in MEASURES]
