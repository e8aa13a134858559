"""The identity of an alert: the same after any replay, on any machine."""

import json
from decimal import ROUND_HALF_EVEN, Decimal
from hashlib import blake2b

# Scale of money in the contracts (schemas/*.avsc).
CENT_OF_A_CENT = Decimal("0.0001")


def alert_id(rule_id: str, product_key: str, price_usd: Decimal | float) -> str:
    """Hash rule, product and price: a product told about at one price is told about once.

    Args:
        rule_id: The rule that matched.
        product_key: The product.
        price_usd: Its price; a float is read as the shortest decimal that means it.

    Returns:
        32 hexadecimal digits (BLAKE2b, 128 bits).

    Raises:
        ValueError: the price is no finite number.

    >>> alert_id("tv", "lg c4", 999.0) == alert_id("tv", "lg c4", Decimal("999.0000"))
    True
    """
    price = Decimal(str(price_usd))
    if not price.is_finite():
        message = "an alert needs a price"
        raise ValueError(message)
    amount = price.quantize(CENT_OF_A_CENT, ROUND_HALF_EVEN) + 0  # + 0: no minus zero
    # JSON keeps ("a", "bc") and ("ab", "c") apart.
    text = json.dumps([rule_id, product_key, f"{amount:f}"])
    return blake2b(text.encode(), digest_size=16).hexdigest()
