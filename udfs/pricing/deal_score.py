"""How likely an offer is at least 30 % below its fair price: boosted trees in numpy."""

import json
from hashlib import sha256
from pathlib import Path
from typing import Any, NamedTuple, Self

import numpy as np
import numpy.typing as npt

from udfs.pricing import stack
from udfs.pricing.artefact import ModelError, checked, read_manifest

FORMAT = 2
FILE = "deal_score.json"
DEAL_RATIO = 0.7  # of the fair price; what is under it is a deal

# A claim of more than 30 % off counts as one of 30 %: what the seller adds to it costs him nothing.
MOST_CLAIM = float(-np.log(DEAL_RATIO))
# A list price this far over p90 is one that nobody ever charged: no claim at all.
BELIEVABLE_OVER_P90 = 1.1
# A claim may lower the odds as it will, and raise them by this much: in the simulation 87 % of the
# deals and 40 % of the other offers are claimed to be 30 % off or more, which is 2.2 times.
MOST_RAISE = 2.5

Floats = npt.NDArray[np.float64]
Bools = npt.NDArray[np.bool_]
Leaves = npt.NDArray[np.uint16]
MOST_LEAVES = 16


PRICED_BY = ("model.onnx", stack.FILE, stack.TREES_FILE)
"""The files whose estimates it was trained on."""


def made_for(manifest: dict[str, Any]) -> str:
    """What a score is bound to: one sha256 of those that the manifest gives for PRICED_BY."""
    files = manifest["files"]
    known = [bytes.fromhex(files[name]["sha256"]) for name in PRICED_BY if name in files]
    return sha256(b"".join(known)).hexdigest()


class Trees(NamedTuple):
    """Boosted trees, as sets of the leaves that are still possible: a bit a leaf.

    A test `feature <= threshold` that fails rules out the leaves on its left. Of what no test rules
    out, the first leaf from the left is the one that a walk down the tree ends in (Lucchese et al.,
    QuickScorer, SIGIR 2015). How many tests on a feature fail is one binary search, and what they
    rule out together is a row of a table.
    """

    base: float
    """Log odds before the first tree."""
    thresholds: list[Floats]
    """Of each feature, (tests,) ascending, over all trees."""
    possible: list[Leaves]
    """Of each feature, (tests + 1, trees): leaves that so many of the lowest thresholds leave."""
    value: Floats
    """(trees * leaves,) log odds that a leaf adds, tree by tree, from the left."""

    @classmethod
    def of(cls, plain: dict[str, Any]) -> Self:
        """Read what JSON holds: (trees, nodes) of each, a leaf's branches lead to itself.

        Raises:
            ModelError: a tree has more leaves than there are bits.
        """
        features, thresholds = plain["feature"], plain["threshold"]
        branches = list(zip(plain["left"], plain["right"], strict=True))
        leaves = [_below(0, left, right) for left, right in branches]
        most = max(len(each) for each in leaves)
        if most > MOST_LEAVES:
            message = f"a tree has {most} leaves, more than {MOST_LEAVES}"
            raise ModelError(message)
        tests: dict[int, list[tuple[float, int, int]]] = {}
        for tree, (left, right) in enumerate(branches):
            bits = {leaf: 1 << at for at, leaf in enumerate(leaves[tree])}
            for node in _tests(0, left, right):
                ruled_out = sum(bits[leaf] for leaf in _below(left[node], left, right))
                test = (thresholds[tree][node], tree, ruled_out)
                tests.setdefault(features[tree][node], []).append(test)
        count = 1 + max(tests, default=-1)
        ordered = [sorted(tests.get(feature, [])) for feature in range(count)]
        return cls(
            base=float(plain["base"]),
            thresholds=[np.array([each[0] for each in some], np.float64) for some in ordered],
            possible=[_possible(some, len(leaves)) for some in ordered],
            value=np.array(
                [
                    [values[node] for node in found] + [0.0] * (most - len(found))
                    for values, found in zip(plain["value"], leaves, strict=True)
                ]
            ).ravel(),
        )

    def log_odds(self, features: Floats) -> Floats:
        """(n, features) finite -> (n,)."""
        trees = self.possible[0].shape[1]
        left = np.full((len(features), trees), ~np.uint16(0))
        for at, (thresholds, possible) in enumerate(
            zip(self.thresholds, self.possible, strict=True)
        ):
            column = features[:, at]
            left &= possible.take(np.searchsorted(thresholds, column), axis=0)
        # Bits under the lowest one that is set, counted: its number.
        leaf = np.bitwise_count((left & (~left + np.uint16(1))) - np.uint16(1))
        first = np.arange(trees) * (len(self.value) // trees)
        total: Floats = self.base + self.value.take(leaf + first).sum(axis=1)
        return total


def _below(node: int, left: list[int], right: list[int]) -> list[int]:
    """Leaves under a node, from the left."""
    if left[node] == node:
        return [node]
    return _below(left[node], left, right) + _below(right[node], left, right)


def _tests(node: int, left: list[int], right: list[int]) -> list[int]:
    """Nodes from a node on that are no leaves; what fills up a small tree is not among them."""
    if left[node] == node:
        return []
    return [node, *_tests(left[node], left, right), *_tests(right[node], left, right)]


def _possible(tests: list[tuple[float, int, int]], trees: int) -> Leaves:
    table = np.full((len(tests) + 1, trees), ~np.uint16(0))
    for row, (_, tree, ruled_out) in enumerate(tests, 1):
        table[row:, tree] &= ~np.uint16(ruled_out)
    return table


class DealScore:
    """Scores offers by their price, their fair price and, weakly, the seller's list price."""

    def __init__(self, without_list: Trees, with_list: Trees) -> None:
        """Serve with these; `load` reads them from a folder."""
        self._without_list, self._with_list = without_list, with_list

    @classmethod
    def load(cls, folder: Path, size: str = "fast") -> Self:
        """Load deal_score.json of a model folder.

        Args:
            folder: of the model.
            size: whose fair prices are scored, "fast" or "accurate".

        Raises:
            ModelError: it is missing, differs from the manifest's sha256, is of another format, or
                was trained for another model.
        """
        manifest = read_manifest(folder)
        plain = json.loads(checked(folder, manifest, FILE))
        if plain.get("format") != FORMAT:
            message = f"{folder / FILE}: format must be {FORMAT}"
            raise ModelError(message)
        if plain["model_sha256"] != made_for(manifest):
            message = f"{folder / FILE} was trained for another model: run models.train_score"
            raise ModelError(message)
        trees = plain[size]
        return cls(Trees.of(trees["without_list"]), Trees.of(trees["with_list"]))

    def probability(
        self, offer_usd: Floats, list_usd: Floats, fair_usd: Floats, is_from_history: Bools
    ) -> Floats:
        """Probability that an offer is at least 30 % below its fair price.

        It falls, or stays, as the offer rises. The list price does nothing where the fair price is
        the product's own history, or where it is over 1.1 * p90; elsewhere the discount that it
        claims counts up to 30 %, and raises the odds MOST_RAISE times at most.

        Args:
            offer_usd: (n,) what the buyer pays.
            list_usd: (n,) the seller's list price; NaN = none.
            fair_usd: (n, 3) p10, p50, p90, ascending; NaN = unknown.
            is_from_history: (n,) whether fair_usd is the product's own history.

        Returns:
            (n,) 0..1; NaN where the offer or its fair price is unknown, infinite or negative.
        """
        known = np.isfinite(fair_usd).all(axis=1) & (fair_usd > 0).all(axis=1)
        known &= np.isfinite(offer_usd) & (offer_usd >= 0)
        score = np.full(len(offer_usd), np.nan)
        offer, claimed, fair = offer_usd[known], list_usd[known], fair_usd[known]
        features = price_features(offer, fair)
        log_odds = self._without_list.log_odds(features)
        rows = np.flatnonzero(is_believable(claimed, fair) & ~is_from_history[known])
        if len(rows):
            claim = claim_feature(offer[rows], claimed[rows])
            judged = self._with_list.log_odds(np.column_stack([features[rows], claim]))
            log_odds[rows] = np.minimum(judged, log_odds[rows] + np.log(MOST_RAISE))
        score[known] = 1 / (1 + np.exp(-log_odds))
        return score


def price_features(offer_usd: Floats, fair_usd: Floats) -> Floats:
    """(n, 3): log offer / p50, log p90 / p50, log p50 / p10."""
    low, median, high = np.log(np.maximum(fair_usd, 1e-9)).T
    offer = np.log(np.maximum(offer_usd, 1e-9))
    return np.column_stack([np.clip(offer - median, -6, 6), high - median, median - low])


def claim_feature(offer_usd: Floats, list_usd: Floats) -> Floats:
    """(n,) log list / offer, 0..MOST_CLAIM; a list price under the offer claims nothing off."""
    ratio = np.maximum(list_usd, 1e-9) / np.maximum(offer_usd, 1e-9)
    claim: Floats = np.clip(np.log(ratio), 0, MOST_CLAIM)
    return claim


def is_believable(list_usd: Floats, fair_usd: Floats) -> Bools:
    """(n,) whether there is a list price that somebody may have charged."""
    with np.errstate(invalid="ignore"):
        believable: Bools = (list_usd > 0) & (list_usd <= BELIEVABLE_OVER_P90 * fair_usd[:, 2])
    return believable
