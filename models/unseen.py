"""Predictions on train by members that did not see the product: what calibration is fitted on."""

from pathlib import Path
from typing import NamedTuple, Self

import numpy as np
import numpy.typing as npt

from models import bags
from models.data import Products, folds
from models.trained import Floats, Report, fit_members, has_side, hashed


class Unseen(NamedTuple):
    """m predictions: each product twice, as it is and with its title only."""

    place: npt.NDArray[np.int64]
    """(m,) index of the product in train."""
    networks: Floats
    """(m, members, 3) log price."""
    ridge: Floats
    """(m, 2) log price, with side and without."""
    has_side: npt.NDArray[np.bool_]
    """(m,) whether the category is given and known."""
    log_price: Floats
    """(m,) of the product itself."""

    @classmethod
    def joined(cls, parts: list[Self]) -> Self:
        """Several folds as one."""
        return cls(*map(np.concatenate, zip(*parts, strict=True)))

    def save(self, path: Path) -> None:
        """Write as .npz."""
        path.parent.mkdir(parents=True, exist_ok=True)
        np.savez_compressed(path, **self._asdict())

    @classmethod
    def load(cls, path: Path) -> Self:
        """Read what `save` wrote."""
        with np.load(path, allow_pickle=False) as arrays:
            return cls(*(arrays[name] for name in cls._fields))


def of_fold(
    products: Products, recipes: tuple[bags.Recipe, ...], held: int, count: int, report: Report
) -> Unseen:
    """Fit members on all folds but one, and predict that one."""
    fold = folds(products, count)
    name = f"fold {held + 1}/{count}"
    members = fit_members(products.take(fold != held), recipes, report, name)
    place = np.flatnonzero(fold == held)
    unseen = products.take(place)
    parts = []
    for rows in (unseen, unseen.titles_only()):
        features = members.vocabularies.features(hashed(rows))
        networks, ridge = members.predict(features)
        parts.append(Unseen(place, networks, ridge, has_side(features), rows.log_price()))
    return Unseen.joined(parts)


def of_all(
    products: Products, recipes: tuple[bags.Recipe, ...], count: int, report: Report
) -> Unseen:
    """Predict every product by members that did not see its fold."""
    return Unseen.joined([of_fold(products, recipes, held, count, report) for held in range(count)])
