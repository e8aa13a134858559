"""Exchange rates: a dated table."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import ROUND_HALF_EVEN, Decimal

# Scale of money in the contracts (schemas/*.avsc).
TEN_THOUSANDTH = Decimal("0.0001")
CENT = Decimal("0.01")


@dataclass(frozen=True)
class Rates:
    """USD for one unit of each currency, as of a day."""

    usd: Mapping[str, Decimal]
    as_of: date

    def in_usd(self, amount: Decimal, currency: str) -> Decimal | None:
        """The amount in USD, to the cent; None where the currency is not in the table."""
        if currency == "USD":
            return amount.quantize(TEN_THOUSANDTH, ROUND_HALF_EVEN)
        rate = self.usd.get(currency)
        if rate is None:
            return None
        return (amount * rate).quantize(CENT, ROUND_HALF_EVEN).quantize(TEN_THOUSANDTH)
