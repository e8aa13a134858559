from math import nan

from udfs.verdicts.similar import similar_products


def test_the_most_similar_products_speak():
    _, sentence = similar_products([0.9, 0.8, 0.7, 0.6], [64.4, 95.0, 70.0, 999.0])
    assert sentence == "similar: 3 known products at $64-$95"


def test_a_product_that_shares_a_brand_only_does_not():
    assert similar_products([0.9, 0.2, nan], [1_064.4, 95.0, nan])[1] == (
        "similar: 1 known product at $1,064"
    )
    assert similar_products([0.3, nan], [64.0, nan]) == ("few_similar", "few similar products")
    assert similar_products([], []) == ("few_similar", "few similar products")
