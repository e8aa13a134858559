"""What similar products cost: a sentence beside the model's judgement."""

from collections.abc import Sequence

from udfs.verdicts.reasons import ReasonCode

# Cosine of the titles' words; under it two products only share a brand or a kind.
MIN_SIMILARITY = 0.45
SHOWN = 3


def similar_products(
    similarity: Sequence[float], price_usd: Sequence[float]
) -> tuple[ReasonCode, str]:
    """`similar: 3 known products at $64-$95`, or `few similar products` where none is close.

    Args:
        similarity: (k,) 0..1, the most similar first; NaN where there are fewer.
        price_usd: (k,) their prices.
    """
    close = [
        price
        for cosine, price in zip(similarity, price_usd, strict=True)
        if cosine >= MIN_SIMILARITY  # NaN is not
    ][:SHOWN]
    if not close:
        return ReasonCode.FEW_SIMILAR, "few similar products"
    low, high = f"${min(close):,.0f}", f"${max(close):,.0f}"
    prices = low if low == high else f"{low}-{high}"
    products = "product" if len(close) == 1 else "products"
    return ReasonCode.SIMILAR_PRODUCTS, f"similar: {len(close)} known {products} at {prices}"
