import math
from pathlib import Path

import pytest

from udfs.matching.blocking import MAX_POSTINGS, KnownProducts, Product
from udfs.matching.links import Links
from udfs.matching.matcher import ProductMatcher
from udfs.parsing.identity import brand_of, product_key
from udfs.parsing.model_numbers import model_number_of

FOLDER = Path(__file__).parents[3] / "models" / "product-match-v1"
SONY = "Sony Black Bluetooth Headphones - WH1000XM5"
SONY_ELSEWHERE = "Headphones WH-1000XM5 by Sony, Bluetooth, black"


@pytest.fixture(scope="module")
def matcher():
    return ProductMatcher.load(FOLDER)


@pytest.fixture
def links(matcher):
    return Links(matcher, 1_000)


def product(title, shop="one", *, key=None, condition="new", price_usd=100.0):
    brand, number = brand_of(title), model_number_of(title)
    key = key or product_key(title, brand, number, condition)
    return Product(key, title, brand, number, condition, price_usd, shop)


def record(of, linked_to):
    return {
        "product_key": of.key, "linked_to": linked_to, "title": of.title, "brand": of.brand,
        "model_number": of.model_number, "condition": of.condition, "price_usd": of.price_usd,
        "shop": of.shop,
    }  # fmt: skip


def pair():
    """Two shops' titles of a product, whose keys differ for want of a number on one side."""
    one = product(SONY, "one")
    return one, product(SONY_ELSEWHERE, "two", key="headphones by another name")


def test_a_product_of_another_shop_is_linked_to_the_first_and_stays_so(links):
    one, other = pair()
    assert links.decide(one) == (one.key, pytest.approx(math.nan, nan_ok=True), True)
    linked = links.decide(other)
    assert (linked.linked_to, linked.is_new) == (one.key, True)
    assert linked.score >= 0.9
    again = links.decide(other._replace(title="Kettle", price_usd=1.0))
    assert (again.linked_to, again.is_new) == (one.key, False)


@pytest.mark.parametrize(
    ("ours", "other"),
    [
        (SONY, "Sony Black Bluetooth Headphones - WH1000XM5 2-pack"),
        ("SanDisk microSD SDSQUA4 card 64GB", "SanDisk microSD SDSQUA4 card 128GB"),
        (SONY, "Philips Kettle 1.7 l - HD9350"),
    ],
)
def test_variants_and_others_are_not_linked(links, ours, other):
    links.decide(product(ours))
    found = links.decide(product(other, "two", key="another"))
    assert found.linked_to == "another"


def test_conditions_stay_apart(links):
    one, other = pair()
    links.decide(one)
    assert links.decide(other._replace(condition="refurbished")).linked_to == other.key


@pytest.mark.parametrize("shop", ["one", "two"])
def test_a_shop_has_one_offer_of_a_product(links, shop):
    one, other = pair()
    links.decide(one)
    assert links.decide(other).linked_to == one.key
    assert links.decide(other._replace(key="more", shop=shop)).linked_to == "more"


def test_a_linked_product_is_never_linked_to(links):
    one, other = pair()
    links.decide(one)
    assert links.decide(other).linked_to == one.key
    assert links.decide(other._replace(key="third", shop="three")).linked_to == one.key


def test_what_the_topic_says_is_what_counts(matcher, links):
    one, other = pair()
    links.decide(one)
    links.decide(other)
    restarted = Links(matcher, 1_000)
    restarted.learn(one.key, record(one, one.key))
    restarted.learn(other.key, record(other, one.key))
    assert len(restarted) == 2
    assert restarted.decide(other)[::2] == links.decide(other)[::2] == (one.key, False)
    assert restarted.decide(other._replace(key="d", shop="three")).linked_to == one.key
    assert restarted.decide(other._replace(key="c", shop="two")).linked_to == "c"
    restarted.learn(other.key, record(other, other.key))
    assert restarted.decide(other).linked_to == other.key


def test_a_tombstone_makes_a_key_undecided(links):
    one, other = pair()
    links.decide(one)
    links.decide(other)
    links.learn(other.key, None)
    links.learn("never met", None)
    assert links.decide(other).is_new


def test_a_removed_product_is_linked_to_no_more(links):
    one, other = pair()
    links.decide(one)
    links.learn(one.key, None)
    assert links.decide(other).linked_to == other.key


def test_a_record_of_another_kind_is_a_value_error(links):
    with pytest.raises(ValueError, match=r"no record of deals\.products"):
        links.learn("x", {"title": "y"})


def test_the_oldest_product_is_forgotten_but_its_decision_is_not(matcher):
    links = Links(matcher, 2)
    one, other = pair()
    links.decide(one)
    for number in range(2):
        links.decide(product(f"Philips Kettle - HD935{number}0"))
    assert links.decide(other).linked_to == other.key
    assert not links.decide(one).is_new


def test_only_the_newest_of_a_long_topic_are_taken_apart(matcher, monkeypatch):
    taken = []
    monkeypatch.setattr(KnownProducts, "add", lambda _, product: taken.append(product.key))
    links = Links(matcher, 3)
    for number in range(1_000):
        known = product(f"Kettle {number}", key=str(number))
        links.learn(known.key, record(known, known.key))
    assert (len(links), taken) == (1_000, [])
    links.learn("998", None)
    assert links.decide(product("Kettle 5", key="5")).linked_to == "5"
    assert links.decide(product("Lamp", key="lamp")).is_new
    assert taken == ["997", "999"]


def test_without_products_to_compare_nothing_is_linked(matcher):
    links = Links(matcher, 0)
    one, other = pair()
    links.decide(one)
    assert links.decide(other).linked_to == other.key


def test_what_is_known_takes_no_more_room_than_it_may(matcher):
    known = KnownProducts(matcher.rarity, 100)
    for number in range(1_000):
        known.add(product(f"Sony WH-1000XM5 Headphones {number}", key=str(number)))
    assert len(known) == 100
    assert max(map(len, known._postings.values())) <= MAX_POSTINGS
    for number in range(1_000):
        known.remove(str(number))
    assert (len(known), known._postings) == (0, {})
