"""The text of an alert where no model's text can be had: two sentences from the facts."""

from decimal import Decimal

from udfs.describing.facts import Facts


def fallback_text(facts: Facts) -> str:
    """Write the template's text; never empty.

    >>> fallback_text({"title": "Sony TV", "merchant": "Best Buy", "price_usd": "199.99",
    ...     "fair_usd": "300.00", "discount_usd": "100.01", "discount_percent": 33})
    'Sony TV costs $199.99 at Best Buy. That is $100.01 (33 %) below its fair price of $300.00.'
    """
    return f"{_price(facts)} {_reason(facts)}"


def _price(facts: Facts) -> str:
    title, merchant = facts["title"], facts["merchant"]
    price_usd = facts.get("price_usd")
    if price_usd is None:
        return f"{title} is on offer at {merchant}."
    if not Decimal(price_usd):
        return f"{title} is free at {merchant}."
    if "price" in facts and "currency" in facts:
        return f"{title} costs {facts['price']} {facts['currency']} (${price_usd}) at {merchant}."
    return f"{title} costs ${price_usd} at {merchant}."


def _reason(facts: Facts) -> str:
    price_usd = facts.get("price_usd")
    days = facts.get("days_observed", 0)
    if facts.get("discount_percent", 0) > 0 and "fair_usd" in facts:
        return (
            f"That is ${facts['discount_usd']} ({facts['discount_percent']} %) "
            f"below its fair price of ${facts['fair_usd']}."
        )
    if price_usd is not None and price_usd == facts.get("all_time_low_usd") and days > 1:
        return f"That is its lowest price on {days} days of observation."
    if "previous_price_usd" in facts and facts["previous_price_usd"] != price_usd:
        return f"It was seen for ${facts['previous_price_usd']} before."
    if "fair_usd" in facts:
        return f"Its fair price is about ${facts['fair_usd']}."
    return "Its fair price is not known yet."
