import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from udfs.pricing.features import NUMBERS
from udfs.pricing.neighbours import Neighbours
from udfs.pricing.stack import (
    MEMBERS,
    Member,
    Opinions,
    Stack,
    combine,
    simple_estimates,
    tree_inputs,
)
from udfs.pricing.units import QUANTITIES

WEIGHTS = np.array([[0.5, 0.2, 0.3, 0.01], [0.1, 0.1, 0.1, 0.7]])
LOG_PRICE = st.floats(0, 10)


def stack(**changes):
    parts = {
        "weights": WEIGHTS,
        "sides": np.array([[np.nan, np.nan], [4.0, 1.0]]),
        "edges": np.log1p([20.0, 100.0]),
        "stretch": np.ones((6, 2)),
        "silent_gaps": np.array([0.7, 0.8]),
    }
    return Stack(**(parts | changes))


def similar(*rows):
    """Neighbours of (similarity, USD) pairs."""
    count, k = len(rows), 24
    found = Neighbours(np.full((count, k), -1), *(np.full((count, k), np.nan) for _ in range(2)))
    for at, row in enumerate(rows):
        for place, (similarity, usd) in enumerate(row):
            found.similarity[at, place], found.price_usd[at, place] = similarity, usd
    return found


def opinions(*medians):
    count = len(medians)
    return Opinions(
        np.array(medians)[:, None] + [0, 0.1], np.full((count, 2), 0.5), np.ones((count, 2))
    )


def test_members_that_all_answer_are_weighted_as_fitted():
    found = combine(np.array([[1.0, 2.0, 3.0, 4.0]]), WEIGHTS)
    assert found[0] == pytest.approx(0.1 + 0.2 + 0.3 + 2.8)


def test_without_the_trees_the_other_weights_are_those_fitted_without_them():
    found = combine(np.array([[1.0, 2.0, 3.0, np.nan]]), WEIGHTS)
    assert found[0] == pytest.approx(0.5 + 0.4 + 0.9)


@pytest.mark.parametrize("member", range(len(MEMBERS)))
def test_any_member_can_answer_alone_and_its_price_is_not_pulled_to_0(member):
    estimates = np.full((1, len(MEMBERS)), np.nan)
    estimates[0, member] = 5.0
    assert combine(estimates, WEIGHTS)[0] == pytest.approx(5.0)


def test_where_nobody_answers_there_is_no_estimate_and_never_0():
    nobody = np.full((1, len(MEMBERS)), np.nan)
    assert np.isnan(combine(nobody, WEIGHTS)).all()
    found = stack().quantiles_usd(nobody, np.full((1, 2), np.nan), np.array([False]))
    assert np.isnan(found).all()


@settings(deadline=None)
@given(st.lists(st.one_of(LOG_PRICE, st.sampled_from([np.nan, np.inf])), min_size=4, max_size=4))
def test_an_estimate_lies_between_those_of_the_members_that_answered(row):
    answered = [value for value in row if np.isfinite(value)]
    found = combine(np.array([row]), WEIGHTS)[0]
    if answered:
        assert min(answered) - 1e-9 <= found <= max(answered) + 1e-9
    else:
        assert np.isnan(found)


@pytest.mark.parametrize(
    "weights", [WEIGHTS[:, :3], WEIGHTS * [1, 1, 1, 0], WEIGHTS - 1, np.full((2, 4), np.nan)]
)
def test_weights_that_could_lose_a_member_are_refused(weights):
    with pytest.raises(ValueError, match="weights"):
        combine(np.zeros((1, 4)), weights)


def test_quantiles_ascend_and_stretch_by_band_and_by_what_is_known():
    stretch = np.arange(1, 13, dtype=float).reshape(6, 2)
    estimates = np.log1p([[10.0] * 4, [10.0] * 4, [500.0] * 4])
    gaps = np.full((3, 2), 0.1)
    found = stack(stretch=stretch).quantiles_usd(estimates, gaps, np.array([False, True, False]))
    assert (np.diff(found, axis=1) > 0).all()
    factors = np.log1p(found[:, 2]) - np.log1p(found[:, 1])
    np.testing.assert_allclose(factors, [0.2, 0.8, 0.6])


def test_where_no_network_answers_the_interval_is_the_wide_one():
    estimates = np.array([[np.nan, np.nan, 4.0, np.nan]])
    found = stack().quantiles_usd(estimates, np.full((1, 2), np.nan), np.array([False]))
    np.testing.assert_allclose(np.log1p(found), [[3.3, 4.0, 4.8]])


def test_similar_products_count_by_how_near_they_are():
    found = simple_estimates(
        opinions(4.0, 4.0, 4.0),
        similar([(0.9, 100.0), (0.3, 1_000.0)], [], [(0.2, 50.0)]),
        np.zeros(3, bool),
    )
    near = np.expm1(found[:, MEMBERS.index(Member.NEIGHBOURS)])
    assert 100 < near[0] < 110
    assert np.isnan(near[1])
    assert near[2] == pytest.approx(50)
    assert np.isnan(found[:, MEMBERS.index(Member.TREES)]).all()


def test_the_ridge_answers_with_brand_and_category_where_they_are_known():
    said = Opinions(np.ones((2, 4)), np.ones((2, 2)), np.array([[3.0, 2.0], [3.0, 2.0]]))
    found = simple_estimates(said, similar([], []), np.array([True, False]))
    assert found[:, MEMBERS.index(Member.RIDGE)].tolist() == [3.0, 2.0]


def test_the_trees_see_an_unknown_amount_as_unknown_and_not_as_0():
    numbers = np.zeros((2, NUMBERS), np.float32)
    numbers[1, [0, len(QUANTITIES)]] = 2.0, 1.0
    sides = np.full((2, 4), np.nan)
    found = tree_inputs(
        opinions(4.0, 4.0), similar([], [(0.5, 9.0)]), sides, numbers, np.zeros(2, bool), np.ones(2)
    )
    assert found.dtype == np.float32
    amount = found.shape[1] - 3 - len(QUANTITIES)
    assert np.isnan(found[0, amount])
    assert found[1, amount] == 2.0
    assert found[:, -1].tolist() == [1.0, 1.0]
    # A row is the same whatever stands beside it.
    alone = tree_inputs(
        opinions(4.0), similar([(0.5, 9.0)]), sides[:1], numbers[1:], np.zeros(1, bool), np.ones(1)
    )
    np.testing.assert_array_equal(found[1:], alone)
