from math import nan

from udfs.verdicts.similar import similar_sentence


def test_the_most_similar_products_speak():
    sentence = similar_sentence([0.9, 0.8, 0.7, 0.6], [64.4, 95.0, 70.0, 999.0])
    assert sentence == "similar: 3 known products at $64-$95"


def test_a_product_that_shares_a_brand_only_does_not():
    assert similar_sentence([0.9, 0.2, nan], [1_064.4, 95.0, nan]) == (
        "similar: 1 known product at $1,064"
    )
    assert similar_sentence([0.3, nan], [64.0, nan]) is None
    assert similar_sentence([], []) is None
