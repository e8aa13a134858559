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

from udfs.alerting.batch import COLUMNS, MISSING, Batch
from udfs.alerting.clauses import MEASURES, NAMES, Clause
from udfs.alerting.policy import Policy
from udfs.alerting.postings import Ints, Postings, bounded, contains, spans
from udfs.alerting.rules import Rule

Flags = NDArray[np.bool_]

__all__ = ["COLUMNS", "RuleBook"]

# Those that alternatives are filed under, product first. States and verdicts are too few to select.
FILED = ("product_key", "merchant", "brand", "category")


class _Named:
    """Which alternative names which values of a column."""

    def __init__(self, postings: Postings) -> None:
        self.postings = postings

    def pair_up(self, width: int) -> None:
        """Prepare `has`; `width` is over every code."""
        owners, members = self.postings.read(np.arange(len(self.postings.offsets) - 1))
        self._width, self._pairs = width, owners * width + members

    def has(self, clauses: Ints, codes: Ints) -> Flags:
        """Ask for each pair whether the alternative names the value."""
        return contains(self._pairs, clauses * self._width + codes) & (codes >= 0)


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
        self._policies = {key: latest[key].policy for key in self._rule_ids}
        alternatives = [
            (position, clause)
            for position, key in enumerate(self._rule_ids)
            for clause in latest[key].clauses
        ]
        self._rule_of = np.array([position for position, _ in alternatives], dtype=np.int64)
        clauses = [each for _, each in alternatives]
        self._read_names(clauses)
        self._read_words(clauses)
        self._thresholds = np.array(
            [[each.thresholds.get(name, -np.inf) for name in MEASURES] for each in clauses],
            dtype=np.float64,
        ).reshape(-1, len(MEASURES))
        self._used_measures = np.flatnonzero((self._thresholds > -np.inf).any(axis=0)).tolist()
        self._file(len(clauses))

    def __len__(self) -> int:
        """Count the enabled rules."""
        return len(self._rule_ids)

    @property
    def rule_ids(self) -> tuple[str, ...]:
        """The enabled rules, ascending."""
        return tuple(self._rule_ids)

    def policy(self, rule_id: str) -> Policy:
        """The policy of an enabled rule."""
        return self._policies[rule_id]

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

    def _read_names(self, clauses: Sequence[Clause]) -> None:
        """Give every name in the rules a code and remember, sorted, who names what."""
        self._names: dict[str, dict[str, int]] = {column: {} for column in NAMES}
        self._included = {
            column: self._coded(column, [each.included.get(column, ()) for each in clauses])
            for column in NAMES
        }
        self._excluded = {
            column: self._coded(column, [each.excluded.get(column, ()) for each in clauses])
            for column in NAMES
        }
        # Only now is it known how many names a column has.
        for lists in (self._included, self._excluded):
            for column, named in lists.items():
                named.pair_up(max(1, len(self._names[column])))

    def _coded(self, column: str, lists: Iterable[Iterable[str]]) -> "_Named":
        codes = self._names[column]
        return _Named(
            Postings.of(
                sorted({codes.setdefault(name, len(codes)) for name in sorted(names)})
                for names in lists
            )
        )

    def _read_words(self, clauses: Sequence[Clause]) -> None:
        """Give every token in the rules a code; words of several tokens are phrases as well."""
        self._words: dict[str, int] = {}
        self._phrases: dict[int, tuple[str, ...]] = {}
        self._unwanted: dict[int, tuple[str, ...]] = {}
        lists = []
        for number, clause in enumerate(clauses):
            asked = sorted({token for word in clause.words for token in word})
            lists.append(sorted(self._words.setdefault(each, len(self._words)) for each in asked))
            phrases = [word for word in clause.words if len(word) > 1]
            for kept, words in ((self._phrases, phrases), (self._unwanted, clause.excluded_words)):
                if words:
                    kept[number] = tuple(f" {' '.join(word)} " for word in sorted(words))
        self._worded = Postings.of(lists)
        self._asks_text = np.zeros(len(clauses), dtype=np.bool_)
        self._asks_text[[*self._phrases, *self._unwanted]] = True

    def _file(self, count: int) -> None:
        """File every alternative once, where the fewest others are."""
        filings: dict[str, list[list[int]]] = {
            column: [[] for _ in self._names[column]] for column in FILED
        }
        filings["words"] = [[] for _ in self._words]
        by_measure: list[list[int]] = [[] for _ in MEASURES]
        unfiled: list[int] = []
        sources = {column: self._included[column].postings for column in FILED} | {
            "words": self._worded
        }
        popularity = {field: Counter(each.members.tolist()) for field, each in sources.items()}
        for clause in range(count):
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
                if field == "product_key":
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
        for column in FILED:
            codes = batch.codes[column]
            named = np.flatnonzero(codes >= 0)
            yield from _read(self._filings[column], named, codes[named])
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
        for column, named in self._included.items():
            asks = named.postings.counts(clauses) > 0
            holds = ~asks
            if column == "verdict":
                holds &= ~batch.is_suspect[deals]
            holds[asks] = named.has(clauses[asks], batch.codes[column][deals[asks]])
            deals, clauses = deals[holds], clauses[holds]
        for column, named in self._excluded.items():
            asks = named.postings.counts(clauses) > 0
            # A shop that is not known may be the one that is not wanted.
            holds = ~(asks & (batch.codes[column][deals] == MISSING))
            holds[asks] &= ~named.has(clauses[asks], batch.codes[column][deals[asks]])
            deals, clauses = deals[holds], clauses[holds]
        return self._has_words(batch, deals, clauses)

    def _has_words(self, batch: Batch, deals: Ints, clauses: Ints) -> tuple[Ints, Ints]:
        positions, words = self._worded.read(clauses)
        width = max(1, len(self._words))
        present = np.sort(batch.word_deals * width + batch.word_codes)
        absent = ~contains(present, deals[positions] * width + words)
        holds = np.bincount(positions[absent], minlength=len(deals)) == 0
        for pair in np.flatnonzero(holds & self._asks_text[clauses]).tolist():
            text, clause = batch.texts[deals[pair]], int(clauses[pair])
            holds[pair] = (
                text is not None
                and all(phrase in text for phrase in self._phrases.get(clause, ()))
                and not any(phrase in text for phrase in self._unwanted.get(clause, ()))
            )
        return deals[holds], clauses[holds]


def _read(filing: Postings, deals: Ints, keys: Ints) -> Iterator[tuple[Ints, Ints]]:
    for part in bounded(filing.counts(keys)):
        positions, clauses = filing.read(keys[part])
        yield deals[part][positions], clauses
