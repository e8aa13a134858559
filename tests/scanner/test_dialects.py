from datetime import UTC

import pytest

from scripts.scanner.dialects import detect
from scripts.scanner.entries import read_feed
from scripts.scanner.feeds import Dialect
from tests.scanner.builders import NOW_MS, feed, item, rss

PEPPER = 'xmlns:pepper="http://www.pepper.com/rss"'
DEALNEWS = 'xmlns:dealnews="https://www.dealnews.com/rss/ns"'
OZB = 'xmlns:ozb="https://www.ozbargain.com.au"'
GOOGLE = 'xmlns:g="http://base.google.com/ns/1.0"'


def extras(document: bytes, **changes) -> dict[str, str]:
    (deal,) = read_feed(document, feed(**changes), NOW_MS).deals
    return deal["extras"]


@pytest.mark.parametrize(
    ("prefixes", "links", "dialect"),
    [
        (["pepper", "media"], [], Dialect.PEPPER),
        (["dealnews"], ["https://www.dealnews.com/"], Dialect.DEALNEWS),
        (["ozb"], [], Dialect.OZBARGAIN),
        ([], ["https://slickdeals.net/"], Dialect.SLICKDEALS),
        ([], ["https://notslickdeals.net/"], Dialect.SHOP),
        (["g"], ["https://www.newegg.com/"], Dialect.SHOP),
        ([], ["http://[", ""], Dialect.SHOP),
    ],
)
def test_a_feed_shows_its_dialect(prefixes, links, dialect):
    assert detect(prefixes, links) is dialect


def slickdeals(content: str) -> dict[str, str]:
    encoded = f"<content:encoded><![CDATA[{content}]]></content:encoded>"
    namespace = 'xmlns:content="http://purl.org/rss/1.0/modules/content/"'
    return extras(rss(item() + encoded, namespaces=namespace, link="https://slickdeals.net/"))


def test_slickdeals_store_score_and_coupon_come_from_the_body():
    content = (
        '<div>Thumb Score: +35 </div><a href="https://slickdeals.net/f/1">hot</a>'
        '<a href="https://www.amazon.com/dp/B1?tag=x&amp;y=1" data-store-slug="amazon" '
        'data-product-exitWebsite="Amazon.com">Amazon</a>'
        "<span data-role='couponCode'><b>SAVE5</b></span>"
    )
    assert slickdeals(content) == {
        "temperature": "35",
        "merchant": "amazon",
        "merchant_domain": "amazon.com",
        "target_url": "https://www.amazon.com/dp/B1?tag=x&y=1",
        "coupon": "SAVE5",
    }


def test_slickdeals_click_counters_are_followed_in_the_address_only():
    content = (
        '<a data-store-slug="bestbuy" data-product-exitWebsite="bestbuy.com" '
        'href="https://slickdeals.net/click?u2=https%3A%2F%2Fwww.bestbuy.com%2Fsite%2F1.p">x</a>'
    )
    assert slickdeals(content)["target_url"] == "https://www.bestbuy.com/site/1.p"
    content = content.replace("u2=https%3A%2F%2Fwww.bestbuy.com%2Fsite%2F1.p", "lno=1")
    assert "target_url" not in slickdeals(content)


@pytest.mark.parametrize(
    ("text", "domain"), [("Amazon.co.uk", "amazon.co.uk"), ("click here", None), ("v1.5", None)]
)
def test_old_slickdeals_posts_name_the_shop_in_the_text_of_the_first_link(text, domain):
    content = (
        '<a href="https://slickdeals.net/?x=1" data-product-exitWebsite="slickdeals.net" '
        f'data-outclick-typeofoutclick="Post">{text}</a>'
    )
    assert slickdeals(content).get("merchant_domain") == domain


def test_slickdeals_negative_score():
    assert slickdeals("Thumb Score: -4")["temperature"] == "-4"


def test_pepper_merchant_price_and_temperature():
    merchant = '<pepper:merchant name="Marks &amp; Spencer" price=" 12,99 €"/>'
    document = rss(item(title="-17° - Kettle") + merchant, namespaces=PEPPER)
    assert extras(document) == {
        "merchant": "Marks & Spencer",
        "price": "12,99 €",
        "temperature": "-17",
    }


def test_pepper_prefix_counts_even_where_the_feed_forgets_to_declare_it():
    document = rss(item() + '<pepper:merchant name="Argos" price="£6.20"/>')
    assert extras(document)["price"] == "£6.20"


def test_dealnews_fields_keep_text_and_attributes():
    fields = (
        "<dealnews:retailer>Kohl's</dealnews:retailer>"
        "<dealnews:expires>2026-07-30T23:59:00-04:00</dealnews:expires>"
        "<dealnews:dealType>Product</dealnews:dealType><dealnews:category>Home</dealnews:category>"
        '<dealnews:price currency="USD">60</dealnews:price>'
        "<description><![CDATA[<a href='https://www.dealnews.com/x'>more</a>"
        "<a href='https://www.kohls.com/p/1?a=b'>Buy Now at Kohl's</a>]]></description>"
    )
    assert extras(rss(item() + fields, namespaces=DEALNEWS)) == {
        "merchant": "Kohl's",
        "price": "60",
        "currency": "USD",
        "expires": "2026-07-30T23:59:00-04:00",
        "deal_type": "product",
        "category": "Home",
        "target_url": "https://www.kohls.com/p/1?a=b",
        "merchant_domain": "kohls.com",
    }


def test_a_dealnews_sale_has_no_price():
    fields = "<dealnews:dealType>sale</dealnews:dealType>"
    assert extras(rss(item() + fields, namespaces=DEALNEWS)) == {"deal_type": "sale"}


def test_ozbargain_votes_shop_and_expiry_in_sydney_time():
    meta = (
        '<ozb:meta url="https://www.jbhifi.com.au/p?a=1&amp;b=2" votes-pos="95" votes-neg="2" '
        'expiry="2026-12-20 23:59" starting="2026-07-21T09:00:00+10:00"/>'
    )
    assert extras(rss(item(category="Gaming") + meta, namespaces=OZB)) == {
        "target_url": "https://www.jbhifi.com.au/p?a=1&b=2",
        "merchant_domain": "jbhifi.com.au",
        "temperature": "93",
        "expires": "2026-12-20T23:59:00+11:00",
        "starts": "2026-07-21T09:00:00+10:00",
        "category": "Gaming",
    }


def test_ozbargain_expired_deals_are_marked():
    message = '<ozb:title-msg type="expired">expired</ozb:title-msg>'
    assert extras(rss(item() + message, namespaces=OZB)) == {"expired": "true"}
    message = '<ozb:title-msg type="long-running">x</ozb:title-msg>'
    assert extras(rss(item() + message, namespaces=OZB)) == {}


def test_a_shop_feed_with_product_fields_gives_sale_and_list_price():
    fields = (
        "<g:price>219.99 USD</g:price><g:sale_price>159.99 USD</g:sale_price>"
        "<g:condition>new</g:condition><g:product_type>Boards</g:product_type>"
        "<g:sale_price_effective_date>2026-07-01T00:00Z/2026-07-31T00:00Z"
        "</g:sale_price_effective_date><g:brand>MSI</g:brand><g:mpn>B650-TOMAHAWK</g:mpn>"
    )
    assert extras(rss(item() + fields, namespaces=GOOGLE)) == {
        "merchant_domain": "shop.example.com",
        "brand": "MSI",
        "model_number": "B650-TOMAHAWK",
        "price": "159.99 USD",
        "currency": "USD",
        "list_price": "219.99 USD",
        "condition": "new",
        "category": "Boards",
        "starts": "2026-07-01T00:00:00+00:00",
        "expires": "2026-07-31T00:00:00+00:00",
    }


def test_a_shop_feed_without_a_sale_has_no_list_price():
    fields = "<g:price>9.99 EUR</g:price>"
    found = extras(rss(item() + fields, namespaces=GOOGLE))
    assert (found["price"], found["currency"]) == ("9.99 EUR", "EUR")
    assert "list_price" not in found


def test_the_configured_dialect_and_timezone_win():
    meta = '<ozb:meta expiry="2026-12-20 23:59"/>'
    found = extras(rss(item() + meta, namespaces=OZB), timezone=UTC)
    assert found["expires"] == "2026-12-20T23:59:00+00:00"
    found = extras(rss(item() + meta, namespaces=OZB), dialect=Dialect.SHOP)
    assert found == {"merchant_domain": "shop.example.com"}
