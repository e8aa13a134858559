"""Which product an offer's product_key stands for: decided once, kept on deals.products.

Guarantee: a task decides on a key when it first meets it, and never again: what the topic or the
task itself holds of a key is what counts. All offers of one key come through one partition of
deals.parsed, so one task decides on it; a decision is on the topic before the checkpoint that holds
the prices remembered by it. So price memory and topic agree after any restart, and after one from a
checkpoint a key not yet on the topic may be decided anew, with what is known then. Two tasks that
meet two names of a product within the same seconds know nothing of each other: those stay apart.
A tombstone makes a key undecided again; a record written by hand counts as a decision. Links are
one hop: a product that is linked is never linked to.
"""

import sys
from collections.abc import Mapping
from functools import lru_cache
from typing import Any, NamedTuple

import numpy as np

from udfs.matching.blocking import KnownProducts, Product
from udfs.matching.matcher import ProductMatcher
from udfs.matching.offer import Offer
from udfs.parsing.variants import variant_of

MAX_OFFERS = 8_000  # titles taken apart that are kept, about 30 MB

_variant = lru_cache(MAX_OFFERS)(variant_of)


class Decision(NamedTuple):
    """What a product_key stands for."""

    linked_to: str
    """The key whose price history counts; the product's own where it is linked to none."""
    score: float
    """Of the link; NaN = none."""
    is_new: bool
    """Whether it was made just now and the topic does not have it."""


class Links:
    """Decisions on every key, and the newest products that others may be linked to."""

    def __init__(self, matcher: ProductMatcher, max_products: int) -> None:
        """Begin with none; `learn` what the topic holds before deciding anything.

        Products are compared with from the first decision on: to take apart the titles of all that
        the topic holds would be in vain, for only the newest stay.
        """
        self._matcher = matcher
        self._linked_to: dict[str, str] = {}
        self._known = KnownProducts(matcher.rarity, max_products)
        self._max_products = max_products
        self._waiting: dict[str, Product] = {}
        self._shops: dict[str, tuple[str, ...]] = {}
        self._offers: dict[str, Offer] = {}

    def __len__(self) -> int:
        """How many keys are decided."""
        return len(self._linked_to)

    def learn(self, key: str, record: Mapping[str, Any] | None) -> None:
        """Take what deals.products says of a key; None = nothing any more.

        Raises:
            ValueError: the record is not one of deals.products.
        """
        if record is None:
            self._linked_to.pop(key, None)
            self._forget(key)
            return
        try:
            price = record["price_usd"]
            product = Product(
                str(record["product_key"]),
                str(record["title"]),
                record["brand"],
                record["model_number"],
                str(record["condition"]),
                float("nan") if price is None else float(price),
                str(record["shop"]),
            )
            linked_to = str(record["linked_to"])
        except (KeyError, TypeError) as error:
            message = f"no record of deals.products: {error!r}"
            raise ValueError(message) from error
        if self._linked_to.get(product.key) != linked_to:
            self._remember(product, linked_to)

    def decide(self, product: Product) -> Decision:
        """What a key stands for: as decided before, else by what is known now."""
        known = self._linked_to.get(product.key)
        if known is not None:
            return Decision(known, float("nan"), is_new=False)
        self._take_apart()
        linked_to, score = self._best(product)
        self._remember(product, linked_to)
        return Decision(linked_to, score, is_new=True)

    def _best(self, product: Product) -> tuple[str, float]:
        variant = _variant(product.title)
        others = [
            other for other in self._known.find(product) if self._may_link(product, variant, other)
        ]
        if others:
            offer = self._offer(product)
            scores = self._matcher.scores(
                [offer] * len(others), [self._offer(other) for other in others]
            )
            best = int(np.argmax(scores))
            if scores[best] >= self._matcher.link_from:
                return others[best].key, float(scores[best])
        return product.key, float("nan")

    def _may_link(self, product: Product, variant: list[str], other: Product) -> bool:
        """Variants and conditions stay apart, and a shop has one offer of a product."""
        return (
            product.condition == other.condition
            and product.shop not in self._shops.get(other.key, ())
            and variant == _variant(other.title)
        )

    def _remember(self, product: Product, linked_to: str) -> None:
        self._forget(product.key)
        if linked_to == product.key:
            linked_to = product.key  # one text in memory, not two alike
        self._linked_to[product.key] = linked_to
        shops = self._shops.get(linked_to, ())
        if product.shop not in shops:
            self._shops[linked_to] = (*shops, sys.intern(product.shop))
        if linked_to == product.key:
            self._waiting[product.key] = product
            while len(self._waiting) > self._max_products:
                self._waiting.pop(next(iter(self._waiting)))

    def _take_apart(self) -> None:
        for product in self._waiting.values():
            self._known.add(product)
        self._waiting.clear()

    def _forget(self, key: str) -> None:
        self._waiting.pop(key, None)
        self._known.remove(key)
        self._offers.pop(key, None)

    def _offer(self, product: Product) -> Offer:
        if product.key not in self._offers:
            while len(self._offers) >= MAX_OFFERS:
                self._offers.pop(next(iter(self._offers)))
            self._offers[product.key] = Offer.read(
                product.title,
                product.brand,
                product.model_number,
                product.price_usd,
                product.condition,
            )
        return self._offers[product.key]
