"""Predictions on train by members that did not see the product: what all else is fitted on."""

from typing import NamedTuple, Self

import numpy as np
import numpy.typing as npt

from models import bags, stacking
from models.data import Products, folds
from models.trained import Floats, Report, fit_members, has_side, hashed
from udfs.pricing.neighbours import NeighbourIndex, Neighbours
from udfs.pricing.stack import K, Opinions, side_columns


class Unseen(NamedTuple):
    """m predictions: each product twice, as it is and with its title only."""

    fold: npt.NDArray[np.int64]
    """(m,) of the product, which nobody who says something of it has seen."""
    networks: Floats
    """(m, members, 3) log price."""
    ridge: Floats
    """(m, 2) log price, with side and without."""
    has_side: npt.NDArray[np.bool_]
    """(m,) whether the category is given and known."""
    similarity: Floats
    """(m, K) of the nearest products of the other folds."""
    near_usd: Floats
    """(m, K) their prices."""
    sides: Floats
    """(m, 4) what brand and category cost in the other folds."""
    numbers: npt.NDArray[np.float32]
    """(m, NUMBERS) of Features."""
    log_price: Floats
    """(m,) of the product itself."""

    @classmethod
    def joined(cls, parts: list[Self]) -> Self:
        """Several folds as one."""
        return cls(*map(np.concatenate, zip(*parts, strict=True)))

    @property
    def opinions(self) -> Opinions:
        """As the graph gives them."""
        return stacking.opinions_of(self.networks, self.ridge)

    @property
    def neighbours(self) -> Neighbours:
        """As the index gives them; which product it is, is not kept."""
        return Neighbours(np.full(self.near_usd.shape, -1), self.similarity, self.near_usd)


def of_fold(
    products: Products, recipes: tuple[bags.Recipe, ...], held: int, count: int, report: Report
) -> Unseen:
    """Fit members on all folds but one, and predict that one."""
    fold = folds(products, count)
    name = f"fold {held + 1}/{count}"
    known = products.take(fold != held)
    members = fit_members(known, recipes, report, name)
    vocabularies = members.vocabularies
    seen = vocabularies.features(hashed(known))
    sides = stacking.sides(seen, len(vocabularies.side), known.log_price())
    place = np.flatnonzero(fold == held)
    unseen = products.take(place)
    report(f"{name}: neighbours")
    similar = NeighbourIndex.of(vocabularies, seen, known.price_usd).nearest(
        vocabularies.features(hashed(unseen)), K
    )
    parts = []
    for rows in (unseen, unseen.titles_only()):
        features = vocabularies.features(hashed(rows))
        networks, ridge = members.predict(features)
        parts.append(
            Unseen(
                fold=fold[place],
                networks=networks,
                ridge=ridge,
                has_side=has_side(features),
                similarity=similar.similarity,
                near_usd=similar.price_usd,
                sides=side_columns(sides, features),
                numbers=features.numbers,
                log_price=rows.log_price(),
            )
        )
    return Unseen.joined(parts)


def of_all(
    products: Products, recipes: tuple[bags.Recipe, ...], count: int, report: Report
) -> Unseen:
    """Predict every product by members that did not see its fold."""
    return Unseen.joined([of_fold(products, recipes, held, count, report) for held in range(count)])
