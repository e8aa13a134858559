import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.udfs.parsing.items import parsed
from udfs.parsing.identity import model_number_of

SHOP = "https://shop.example/p/1"
BASE = "Samsung 990 PRO 2TB NVMe SSD (2-Pack)"


def identity(title, **changes):
    deal = parsed(title, **changes)
    return deal.deal_id, deal.product_key


def test_the_same_offer_at_another_price_is_the_same():
    assert identity(f"{BASE} $199") == identity(f"{BASE} $149.99 + Free Shipping")


@given(st.sampled_from(["utm_source=x", "tag=me-20", "gclid=1", "fbclid=2", "UTM_Medium=rss"]))
def test_who_sent_the_visitor_changes_nothing(parameter):
    ours = identity(f"{BASE} $199", link=f"{SHOP}?size=9")
    assert identity(f"{BASE} $199", link=f"{SHOP}?size=9&{parameter}") == ours
    assert identity(f"{BASE} $199", link=f"{SHOP}?{parameter}&size=9#top") == ours


@given(st.lists(st.booleans(), min_size=len(BASE), max_size=len(BASE)), st.integers(1, 4))
def test_case_and_spaces_change_nothing(uppers, spaces):
    title = "".join(
        char.upper() if upper else char.lower() for char, upper in zip(BASE, uppers, strict=True)
    )
    assert identity(f"{title.replace(' ', ' ' * spaces)} $199") == identity(f"{BASE} $199")


@pytest.mark.parametrize(
    "other",
    [
        "Samsung 990 PRO 4TB NVMe SSD (2-Pack)",
        "Samsung 990 PRO 2TB NVMe SSD (3-Pack)",
        "Samsung 990 PRO 2TB NVMe SSD (2-Pack) Refurbished",
        "Samsung 980 PRO 2TB NVMe SSD (2-Pack)",
    ],
)
def test_capacity_pack_condition_and_model_keep_products_apart(other):
    assert identity(f"{other} $199")[1] != identity(f"{BASE} $199")[1]


def test_a_title_of_filler_words_has_a_key_of_its_own():
    assert parsed("Free").product_key


@pytest.mark.parametrize(
    ("title", "model"),
    [
        ("LG OLED55C4PUA 55 inch TV 120Hz", "OLED55C4PUA"),
        ("Sony WH-1000XM5 Headphones", "WH-1000XM5"),
        ("Crucial T500 2TB (CT2000T500SSD8)", "CT2000T500SSD8"),
        ("Kettle 1.7L 3000W", None),
        ("DDR5-6000 32GB", None),
    ],
)
def test_a_model_number_is_no_measure_or_standard(title, model):
    assert model_number_of(title) == model
