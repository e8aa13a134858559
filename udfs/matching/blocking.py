"""Recently known products by what their titles share: the few that a new one is compared with."""

from collections import OrderedDict
from typing import NamedTuple

from udfs.matching.rarity import Rarity
from udfs.parsing.identity import words
from udfs.parsing.model_numbers import candidates, canonical

MAX_CANDIDATES = 5
MAX_POSTINGS = 50  # of a word, the newest: a word of more products says little
LEAST_RARITY = 3.0  # of a word that counts: one title in twenty holds it
LEAST_SHARE = 0.6  # of the rarity of the title's words, where no model number is shared
MODEL_WORTH = 20.0


class Product(NamedTuple):
    """What of a product is needed to compare another with it."""

    key: str
    title: str
    brand: str | None
    model_number: str | None
    condition: str
    price_usd: float
    """As first seen; NaN = unknown."""
    shop: str
    """Merchant, or the feed where it names none."""


class KnownProducts:
    """The newest products, at most so many, found by words and model numbers."""

    def __init__(self, rarity: Rarity, max_products: int) -> None:
        """Begin with none."""
        self._rarity, self._max = rarity, max_products
        self._products: OrderedDict[str, Product] = OrderedDict()
        self._postings: dict[str, list[str]] = {}
        self._last: tuple[Product, dict[str, float]] | None = None

    def __len__(self) -> int:
        """How many are known."""
        return len(self._products)

    def add(self, product: Product) -> None:
        """Know a product; the oldest is forgotten where there are too many."""
        if product.key in self._products:
            self.remove(product.key)
        self._products[product.key] = product
        for word in self._worth(product):
            posting = self._postings.setdefault(word, [])
            posting.append(product.key)
            if len(posting) > MAX_POSTINGS:
                del posting[0]
        if len(self._products) > self._max:
            self.remove(next(iter(self._products)))

    def remove(self, key: str) -> None:
        """Forget a product, known or not."""
        product = self._products.pop(key, None)
        if product is None:
            return
        for word in self._worth(product):
            posting = self._postings.get(word, [])
            if key in posting:
                posting.remove(key)
            if not posting:
                self._postings.pop(word, None)

    def find(self, product: Product) -> list[Product]:
        """Products that share a model number or most of the rare words, the likeliest first."""
        if not self._products:
            return []
        worth = self._worth(product)
        shared: dict[str, float] = {}
        for word, value in worth.items():
            for key in self._postings.get(word, ()):
                shared[key] = shared.get(key, 0.0) + value
        least = LEAST_SHARE * sum(value for value in worth.values() if value < MODEL_WORTH)
        likely = sorted((-total, key) for key, total in shared.items() if total >= least)
        return [
            self._products[key]
            for _, key in likely[:MAX_CANDIDATES]
            if key in self._products and key != product.key
        ]

    def _worth(self, product: Product) -> dict[str, float]:
        """What the title is found by, and what each is worth."""
        # A product is looked for, and then added.
        if self._last is None or self._last[0] != product:
            self._last = product, self._weighed(product)
        return self._last[1]

    def _weighed(self, product: Product) -> dict[str, float]:
        models = {each.model for each in candidates(product.title)}
        if product.model_number:
            models.add(canonical(product.model_number))
        found = {model: MODEL_WORTH for model in sorted(models) if len(model) >= 4}
        for word in words(product.title):
            value = self._rarity.of(word)
            if value >= LEAST_RARITY and canonical(word) not in models:
                found[word] = value
        return found
