import numpy as np
import pytest

from udfs.pricing.features import BUCKET_BITS, MAX_IDS, Features, Vocabularies, Vocabulary, bag
from udfs.pricing.units import QUANTITIES
from udfs.pricing.words import Words

TITLES = ["Crucial 16GB (2 x 8GB) DDR4 memory", "Crucial 1TB SSD", "Pack of 12 rolls", ""]


def bags(titles, brands=None, categories=None):
    nothing = [None] * len(titles)
    return bag(Words(), titles, brands or nothing, categories or nothing)


def amounts(title):
    values = bags([title]).amounts[0]
    return {QUANTITIES[at]: values[at] for at in np.flatnonzero(values)}


@pytest.mark.parametrize(
    ("title", "expected"),
    [
        ("Corsair 16 GB (2 x 8GB) DDR4", {"capacity_gb": 16, "modules": 2}),
        ("Samsung 2TB SSD", {"capacity_gb": 2000}),
        ('27" 2560x1440 165Hz', {"diagonal_in": 27, "refresh_hz": 165, "screen_mpx": 3.6864}),
        ("Batteries pack of 12", {"pieces": 12}),
        ("Batteries 12-pack", {"pieces": 12}),
        ("DVD burner 16x", {"speed_x": 16}),
        ("CPU 3.5GHz 8 cores 95W", {"clock_mhz": 3500, "cores": 8, "power_w": 95}),
        ("no amount at all", {}),
        ("9999999999999999999999 GB", {}),
    ],
)
def test_amounts_are_read_with_their_unit(title, expected):
    assert amounts(title) == pytest.approx(expected)


def test_an_amount_never_joins_two_titles():
    assert not bags(["disk 500", "gb of nothing"]).amounts.any()


def test_features_of_a_row_do_not_depend_on_its_neighbours():
    vocabularies = Vocabularies.fit(bags(TITLES), (1, 1, 1, 1))
    together = vocabularies.features(bags(TITLES))
    for at, title in enumerate(TITLES):
        alone = vocabularies.features(bags([title]))
        for name in Features._fields:
            row, single = getattr(together, name)[at], getattr(alone, name)[0]
            np.testing.assert_array_equal(row[: len(single)], single)
            assert not row[len(single) :].any()


def test_a_vocabulary_keeps_what_enough_titles_hold():
    found = Vocabularies.fit(bags(["red mouse", "red mouse red", "blue cable"]), (2, 2, 9, 9))
    assert (len(found.words), len(found.grams), len(found.side)) == (3, 0, 0)  # red, mouse, both


def test_unknown_words_have_no_id():
    vocabularies = Vocabularies.fit(bags(["red mouse"] * 2), (2, 2, 2, 2))
    features = vocabularies.features(bags(["qwerty"], ["nobody"], ["nothing"]))
    assert not features.words.any()
    assert not features.is_known().any()


def test_missing_brand_and_category_have_no_id_but_given_ones_do():
    known = bags(["mouse"] * 2, ["Logitech", "LOGITECH "], ["mouse", "mouse"])
    vocabularies = Vocabularies.fit(known, (2, 2, 2, 2))
    features = vocabularies.features(bags(["mouse"] * 3, ["logitech", "", None], ["mouse", "", 7]))
    assert (features.side > 0).tolist() == [[True] * 3, [False] * 3, [False] * 3]


def test_a_vocabulary_survives_saving(tmp_path):
    saved = Vocabularies.fit(bags(TITLES), (1, 1, 1, 1))
    saved.save(tmp_path / "v.npz")
    loaded = Vocabularies.load(tmp_path / "v.npz")
    expected, found = saved.features(bags(TITLES)), loaded.features(bags(TITLES))
    for name in Features._fields:
        np.testing.assert_array_equal(getattr(expected, name), getattr(found, name))


@pytest.mark.parametrize("buckets", [[2, 1], [1, 1], [1 << BUCKET_BITS]])
def test_a_vocabulary_of_bad_buckets_is_refused(buckets):
    with pytest.raises(ValueError, match="ascend"):
        Vocabulary(np.array(buckets, np.uint32))


def test_a_row_has_a_bounded_number_of_ids():
    title = " ".join(f"word{at}abcdef" for at in range(500))
    vocabularies = Vocabularies.fit(bags([title]), (1, 1, 1, 1))
    features = vocabularies.features(bags([title]))
    assert (
        max(features.tokens.shape[1], features.words.shape[1], features.grams.shape[1]) == MAX_IDS
    )
