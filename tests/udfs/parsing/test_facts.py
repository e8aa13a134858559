import pytest

from tests.udfs.parsing.items import NOW_MS, parsed


@pytest.mark.parametrize(
    ("title", "condition"),
    [
        ("Kettle $20", "new"),
        ("Kettle (Refurbished) $20", "refurbished"),
        ("Refurb Kettle $20", "refurbished"),
        ("Kettle (Open-Box Excellent) $20", "open_box"),
        ("Used Kettle $20", "used"),
        ("Kettle (Pre-Owned) $20", "used"),
    ],
)
def test_the_state_of_an_item_is_new_unless_somebody_says_otherwise(title, condition):
    assert parsed(title).condition == condition


@pytest.mark.parametrize(
    ("title", "coupon"),
    [("Kettle $20 w/ Code SAVE10", "SAVE10"), ("Kettle $20 after coupon", None)],
)
def test_a_coupon_is_a_code_that_one_can_enter(title, coupon):
    assert parsed(title).coupon == coupon


@pytest.mark.parametrize(
    ("extras", "is_expired"),
    [
        ({}, False),
        ({"expired": "true"}, True),
        ({"expires": "2020-01-01T00:00:00Z"}, True),
        ({"expires": "2099-01-01"}, False),
        ({"expires": "soon"}, False),
    ],
)
def test_an_offer_is_over_when_its_feed_or_its_date_says_so(extras, is_expired):
    assert parsed("Kettle $20", extras=extras).is_expired is is_expired


def test_a_revised_item_is_observed_when_it_was_revised():
    at = NOW_MS - 5_000
    assert parsed("Kettle $20", extras={"revised_at": str(at)}).observed_at == at
    assert parsed("Kettle $20", published_at=NOW_MS + 1).observed_at == NOW_MS
