import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.udfs.parsing.items import parsed
from udfs.parsing.model_numbers import model_number_of

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


@pytest.mark.parametrize(
    ("ours", "other"),
    [
        ("Sony WH-1000XM5 Wireless Headphones", "SONY noise cancelling headset - WH1000XM5"),
        ("LG OLED55C4PUA 55 inch evo TV", 'LG 55" C4 TV (OLED55C4PUA)'),
        ("Polk Audio Subwoofer PSW-1100", "polkaudio psw1100 powered subwoofer"),
        ("Iomega Home Media Drive - 34337", "Iomega 1.5 in drive - 34337"),
        ("Canon CLI-2260 Cyan Ink", "canon cyan ink tank (CLI2260)"),
        ("SanDisk SDSQUA4-128G microSD 128 GB", "sandisk 128GB card SDSQUA4-128G"),
        ("Maxell Blu-ray Disc 15 pk", "15-Pack Maxell Blu-Ray disc"),
        ("Elden Ring (PS5)", "Elden Ring - PS5"),
    ],
)
def test_two_shops_titles_of_a_product_have_one_key(ours, other):
    at_one, at_other = parsed(f"{ours} $99"), parsed(f"{other} $89", link="https://other.example/9")
    assert at_one.product_key == at_other.product_key
    assert at_one.deal_id != at_other.deal_id


@pytest.mark.parametrize(
    ("ours", "other"),
    [
        ("Apple iPad A2602 64 GB", "Apple iPad A2602 128 GB"),
        ("Canon CLI-2260 Cyan Ink", "Canon CLI-2260 Black Ink"),
        ("Duracell DL1235 Battery", "Duracell DL1235 Battery (4-pack)"),
        ("Duracell DL1235 Battery", "Duracell DL1235 Battery, pack of 4"),
        ("Belkin F8J2341 Cable 3 ft", "Belkin F8J2341 Cable 6 feet"),
        ("Sony DSC-H7000 Camera", "Sony DSC-H7000 Camera Bundle"),
        ("Sony WH-1000XM5 Headphones", "Sony WH-1000XM5 Headphones (open box)"),
        ("Sony WH-1000XM5 Headphones", "Hard case for Sony WH-1000XM5 Headphones"),
        ("Bounty Paper Towels 6 rolls", "Bounty Paper Towels 12 rolls"),
    ],
)
def test_variants_and_accessories_are_other_products(ours, other):
    assert parsed(f"{ours} $99").product_key != parsed(f"{other} $99").product_key


def test_what_a_shops_feed_says_of_brand_and_model_comes_before_its_title():
    extras = {"brand": "KOORUI ", "model_number": "27E1QA"}
    deal = parsed("27 in QHD 144Hz Monitor GN05X-B $149", extras=extras)
    assert (deal.brand, deal.model_number) == ("koorui", "27E1QA")
    assert deal.product_key == parsed("Koorui Monitor (27E1QA) $160").product_key


@pytest.mark.parametrize("number", ["", "Worldcard Ultra Plus", "n/a", "x" * 40 + "1", "12"])
def test_what_is_no_number_of_a_maker_is_not_taken_for_one(number):
    deal = parsed("Sony WH-1000XM5 Headphones $99", extras={"model_number": number, "brand": "n/a"})
    assert (deal.brand, deal.model_number) == ("sony", "WH-1000XM5")


@pytest.mark.parametrize(
    "link",
    [
        "https://m.shop.example/p/1?utm_campaign=x",
        "http://www.shop.example/p/1/",
        "https://shop.example/p/1?gclid=5#reviews",
    ],
)
def test_a_page_of_a_shop_is_one_offer_whoever_links_to_it(link):
    other = parsed("WH1000XM5 headphones by Sony now $89!", link=link, source="another")
    assert other.deal_id == parsed("Sony WH-1000XM5 Headphones $99", link=SHOP).deal_id


def test_a_repost_in_a_community_is_the_same_offer():
    ours = identity("Sony WH-1000XM5 Headphones $249 @ Best Buy")
    link = "https://slickdeals.net/f/9999999-another-thread"
    assert identity("SONY WH-1000XM5 HEADPHONES $239 @ BEST BUY", link=link) == ours


@given(st.lists(st.booleans(), min_size=31, max_size=31))
def test_a_model_number_is_found_in_any_case(uppers):
    title = "sony headphones black wh-1000xm5"
    spelled = "".join(c.upper() if up else c for c, up in zip(title, [*uppers, True], strict=True))
    assert identity(f"{spelled} $99") == identity("Sony Headphones black WH-1000XM5 $99")


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
        ("Iomega Home Media Drive - 34337", "34337"),
        ("Paper - 8.5 x 11, 20000 sheets", None),
        ("Lens 75-300mm f/4-5.6 zoom", None),
        ("Replacement lamp for Optoma EP749XX", None),
        ("Windows10 laptop, MP3CD2 player", None),
    ],
)
def test_a_model_number_is_no_measure_or_standard(title, model):
    assert model_number_of(title) == model
