"""A trained model in memory: fitted member by member, predicting in numpy and jax."""

from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from models import bags, boosted, calibrate, linear
from models.data import Products
from udfs.pricing.features import Bags, Features, Vocabularies, Vocabulary, bag
from udfs.pricing.neighbours import NeighbourIndex
from udfs.pricing.stack import (
    K,
    Opinions,
    Stack,
    combine,
    side_columns,
    simple_estimates,
    tree_inputs,
)
from udfs.pricing.words import Words

MIN_TITLES = (3, 2, 3, 2)  # of tokens, words, grams, side: titles that must hold one to keep it
RECIPES = (
    bags.Recipe(seed=11),
    bags.Recipe(seed=12, pool=0.75),
    bags.Recipe(seed=13, square=0.0),
    bags.Recipe(seed=14, pool=0.75, drop_ids=0.3, square=0.0),
)
Floats = npt.NDArray[np.float64]
Report = Callable[[str], None]


class Members(NamedTuple):
    """Fitted members and what they share."""

    vocabularies: Vocabularies
    ridge: linear.Linear
    recipes: tuple[bags.Recipe, ...]
    networks: list[bags.Params]
    scale: bags.Scale
    mean: float
    """Mean log price of the training rows; the networks predict around it."""

    def predict(self, features: Features) -> tuple[Floats, Floats]:
        """Log price: the networks' (n, members, 3) and the ridge's (n, 2)."""
        found = [
            bags.predict(params, recipe, features, self.scale) + self.mean
            for params, recipe in zip(self.networks, self.recipes, strict=True)
        ]
        return np.stack(found, axis=1), self.ridge.predict(features)


class Trained(NamedTuple):
    """The whole model."""

    members: Members
    blend: calibrate.Blend
    stack: Stack
    trees: boosted.Trees

    def quantiles_usd(self, products: Products) -> Floats:
        """(n, 3) USD of the size "fast", by numpy and jax instead of the graph."""
        features = self.members.vocabularies.features(hashed(products))
        found = self.blend.quantiles(*self.members.predict(features), has_side(features))
        return np.maximum(np.expm1(found), 0.01)

    def accurate_usd(self, products: Products, index: NeighbourIndex) -> Floats:
        """(n, 3) USD of the size "accurate", by numpy and jax instead of the graphs."""
        features = self.members.vocabularies.features(hashed(products))
        networks, ridge = self.members.predict(features)
        gaps = np.stack(calibrate.gaps(networks), axis=1)
        opinions = Opinions(networks[:, :, 1], gaps, ridge)
        similar, is_sided = index.nearest(features, K), has_side(features)
        estimates = simple_estimates(opinions, similar, is_sided)
        start = combine(estimates, self.stack.weights)
        sides = side_columns(self.stack.sides, features)
        inputs = tree_inputs(opinions, similar, sides, features.numbers, is_sided, start)
        answered = np.isfinite(estimates[:, :-1]).all(axis=1)
        estimates[:, -1] = np.where(answered, start + self.trees.added(inputs), np.nan)
        return self.stack.quantiles_usd(estimates, gaps, is_sided)


def has_side(features: Features) -> npt.NDArray[np.bool_]:
    """(n,) whether the category is given and known."""
    return np.asarray(features.side[:, 1] > 0)


def hashed(products: Products, words: Words | None = None) -> Bags:
    """The serving code's features of products."""
    return bag(words or Words(), products.titles, products.brands, products.categories)


def fit_members(
    products: Products, recipes: tuple[bags.Recipe, ...], report: Report, name: str
) -> Members:
    """Fit every member on these products."""
    hashes = hashed(products)
    vocabularies = Vocabularies.fit(hashes, MIN_TITLES)
    features = vocabularies.features(hashes)
    sizes = {kind: len(getattr(vocabularies, kind)) for kind in vocabularies._fields}
    log_price = products.log_price()
    mean = float(log_price.mean())
    report(f"{name}: ridge")
    ridge = linear.fit(features, sizes, log_price)
    scale = bags.scale_of(features.numbers)
    networks = []
    for at, recipe in enumerate(recipes, 1):
        report(f"{name}: network {at}/{len(recipes)}")
        params = bags.train(recipe, features, sizes, log_price - mean, scale)
        networks.append(bags.quantise(params))
    return Members(vocabularies, ridge, recipes, networks, scale, mean)


def save(trained: Trained, path: Path) -> None:
    """Write all parameters as one .npz; `load` reads it, `models.export` makes the graph of it."""
    members, arrays = trained.members, {}
    for kind in members.vocabularies._fields:
        arrays[f"vocabulary/{kind}"] = getattr(members.vocabularies, kind).buckets
    for kind, table in members.ridge.tables.items():
        arrays[f"ridge/{kind}"] = table
    arrays["ridge_intercepts"] = members.ridge.intercepts
    for at, (recipe, params) in enumerate(zip(members.recipes, members.networks, strict=True)):
        arrays[f"recipe/{at}"] = np.array(list(recipe), np.float64)
        arrays |= {f"network/{at}/{name}": value for name, value in params.items()}
    arrays |= {"scale_mean": members.scale.mean, "scale_spread": members.scale.spread}
    arrays |= {"mean": np.float64(members.mean)}
    arrays |= {"ridge_share": trained.blend.ridge_share, "stretch": trained.blend.stretch}
    for kind, part in (("stack", trained.stack), ("trees", trained.trees)):
        arrays |= {f"{kind}/{name}": value for name, value in part._asdict().items()}
    path.parent.mkdir(parents=True, exist_ok=True)
    np.savez_compressed(path, **arrays)


def load(path: Path) -> Trained:
    """Read what `save` wrote."""
    with np.load(path, allow_pickle=False) as arrays:
        vocabularies = Vocabularies(
            *(Vocabulary(arrays[f"vocabulary/{kind}"]) for kind in Vocabularies._fields)
        )
        ridge = linear.Linear(
            {kind: arrays[f"ridge/{kind}"] for kind in linear.KINDS}, arrays["ridge_intercepts"]
        )
        recipes, networks = [], []
        while f"recipe/{len(recipes)}" in arrays:
            at = len(recipes)
            values = dict(zip(bags.Recipe._fields, arrays[f"recipe/{at}"].tolist(), strict=True))
            whole = {name: int(values[name]) for name in ("seed", "epochs", "batch")}
            recipes.append(bags.Recipe(**(values | whole)))
            prefix = f"network/{at}/"
            names = [name for name in arrays.files if name.startswith(prefix)]
            networks.append({name.removeprefix(prefix): arrays[name] for name in names})
        scale = bags.Scale(arrays["scale_mean"], arrays["scale_spread"])
        blend = calibrate.Blend(arrays["ridge_share"], arrays["stretch"])
        members = Members(
            vocabularies, ridge, tuple(recipes), networks, scale, float(arrays["mean"])
        )
        stack = Stack(*(arrays[f"stack/{name}"] for name in Stack._fields))
        trees = boosted.Trees(*(arrays[f"trees/{name}"] for name in boosted.Trees._fields))
    return Trained(members, blend, stack, trees)
