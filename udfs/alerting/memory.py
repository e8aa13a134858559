"""What a rule remembers of what it told, and what it therefore tells; JVM twin: RuleMemory.java.

The stream keeps this state in Flink, by the state function `alert_policy`; this twin answers the
same for `python -m scripts.rules test`. tests/udfs/alerting/policy_vectors.json holds them equal.
"""

from dataclasses import dataclass, field
from enum import StrEnum

from udfs.alerting.policy import BASIS_POINTS, Terms

DAY_MS = 86_400_000


class Held(StrEnum):
    """Why a match is not told; the labels of metric alerts_held_total, with `quiet` for later."""

    NOT_CHEAPER = "not_cheaper"
    """Told before, and not so much cheaper since."""
    COOL_DOWN = "cool_down"
    """The product was told too short a time ago."""
    CAP = "cap"
    """The rule has told as much as it may on that day."""
    NOT_BEST = "not_best"
    """Better deals fill the digest."""


QUIET = "quiet"
"""Label of alerts_held_total for what is told, but later."""


@dataclass(frozen=True)
class Told:
    """A product was told about: at which price in 1/10000 USD, at which event time in ms."""

    price: int
    at_ms: int


@dataclass(frozen=True)
class Place:
    """An entry of a digest, and what was told of its product before."""

    score: float
    product_key: str
    told: Told
    before: Told | None


@dataclass
class RuleMemory:
    """The state of one rule; times are event times of the deals, in any order."""

    memory_days: int
    products: dict[str, Told] = field(default_factory=dict)
    days: dict[int, int] = field(default_factory=dict)
    digests: dict[str, list[Place]] = field(default_factory=dict)

    def decide(self, product_key: str, price: int, at_ms: int, terms: Terms) -> int | Held:
        """Decide on a match and remember it.

        Args:
            product_key: The product.
            price: In 1/10000 USD.
            at_ms: Event time of the deal.
            terms: What the rule's policy says of it.

        Returns:
            Why it is held back, or that it is told: its place in the digest, 1 = the best so far;
            0 where there is no digest.
        """
        told = self.products.get(product_key)
        if told:
            apart_ms = abs(at_ms - told.at_ms)
            if apart_ms < self.memory_days * DAY_MS and not _is_cheaper(
                price, told.price, terms.cheaper_bp
            ):
                return Held.NOT_CHEAPER
            if apart_ms < terms.cool_down_ms:
                return Held.COOL_DOWN
        if terms.daily_cap is not None:
            if self.days.get(terms.day, 0) >= terms.daily_cap:
                return Held.CAP
            self.days[terms.day] = self.days.get(terms.day, 0) + 1
        rank, now_told = 0, Told(price, at_ms)
        if terms.digest_id is not None:
            rank = self._place(terms, product_key, now_told)
            if not rank:
                return Held.NOT_BEST
        self.products[product_key] = now_told
        return rank

    def _place(self, terms: Terms, product_key: str, now_told: Told) -> int:
        """Put a product into its digest; 0: it is none of the best."""
        entries = self.digests.get(terms.digest_id or "", [])
        others = [each for each in entries if each.product_key != product_key]
        own = next((each for each in entries if each.product_key == product_key), None)
        rank = 1 + sum(each.score >= terms.score for each in others)
        if rank > terms.digest_size:
            return 0
        before = own.before if own else self.products.get(product_key)
        others.insert(rank - 1, Place(terms.score, product_key, now_told, before))
        # What others push out is not told, as if it had not been there.
        for out in others[terms.digest_size :]:
            if self.products.get(out.product_key) == out.told:
                del self.products[out.product_key]
                if out.before:
                    self.products[out.product_key] = out.before
        self.digests[terms.digest_id or ""] = others[: terms.digest_size]
        return rank


def _is_cheaper(price: int, told: int, cheaper_bp: int) -> bool:
    return price < told and price * BASIS_POINTS <= told * (BASIS_POINTS - cheaper_bp)
