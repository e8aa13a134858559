from decimal import Decimal

import pytest

from tests.udfs.parsing.items import parsed, read
from tests.udfs.parsing.titles import TITLES


@pytest.mark.parametrize(
    ("source", "title", "expected"),
    [(source, title, wanted) for source, cases in TITLES.items() for title, wanted in cases],
)
def test_a_title_is_read_as_a_careful_reader_reads_it(source, title, expected):
    note = read(title, source=source)
    # A feed that no list knows has no address of its own here.
    assert note.removesuffix(" example") == expected


@pytest.mark.parametrize(
    ("title", "field", "expected"),
    [
        ("Staropramen 10 x 440ml (£23.47 with max S&S)", "£30", "30 GBP"),
        ("LEGO 42161", "£26.99", "26.99 GBP"),
        ("LEGO 42161", "£1,299.97", "1299.97 GBP"),
        ("LEGO 42161 £25", "£26.99", "26.99 GBP"),
        ("LEGO 42161", "26.99", "26.99 GBP"),
        ("LEGO 42161", "12,99 €", "12.99 EUR"),
        ("LEGO 42161", "1.299,00 €", "1299 EUR"),
        ("LEGO 42161", "1\u202f299,00 €", "1299 EUR"),
        ("LEGO 42161 was £40", "£30", "30 GBP"),
        ("Rice Pudding, 4 for £2", "£2", "2 GBP"),
        ("Earphones from £5", "£5", "5 GBP"),
        ("Walker 2 (PC) Free to keep", "FREE", "0 GBP"),
        ("Walker 2 (PC)", "FREE", "0 GBP"),
        ("Free doughnut", "0", "0 GBP"),
        ("Free doughnut", "£0.00", "0 GBP"),
        ("Phone with contract", "£0", "price_conditional"),
        ("Phone", "£0", "price_conditional"),
        ("Galaxy S26 for $0 w/ trade-in", "0", "price_conditional"),
        ("Galaxy S26 w/ trade-in", "£400", "price_conditional"),
        ("Sky Glass £14/month for 48 months", "£14", "price_conditional"),
        ("Sky Glass £14 per month", "£14", "price_conditional"),
        ("100GB Data £14pm", "£14", "price_conditional"),
        ("Lebara 20GB Sim Only", "£5", "price_conditional"),
        ("iPhone 13 no contract", "£399", "399 GBP"),
        ("Allnet Flat 50GB", "22€/Monat", "price_conditional"),
        ("SAS cables", "-12.00", "price_invalid"),
        ("SAS cables", "\u2212£12", "price_invalid"),
        ("SAS cables", "call us", "price_invalid"),
        ("SAS cables", "£99999999999", "price_invalid"),
        ("SAS cables", "1e400", "price_invalid"),
        ("Laddare", "1 299 kr", "currency_unknown"),
    ],
)
def test_the_field_for_the_price_beats_the_title(title, field, expected):
    note = read(title, source="hotukdeals", extras={"price": field})
    assert note == expected


def test_the_currency_of_the_feed_beats_the_sign():
    assert read("Kettle", extras={"price": "60", "currency": "CAD"}) == "60 CAD"
    assert read("Kettle", extras={"price": "60", "currency": "galleons"}) == "currency_unknown"
    assert read("Kettle", extras={"price": "60", "currency": "ISK"}) == "currency_unknown"


AMAZON = "Thumb Score: +35 <a>Amazon.com</a> (for <b>Prime members</b> only), has <b>a Kettle</b> "


@pytest.mark.parametrize(
    ("title", "body", "expected"),
    [
        ("Kettle", f"{AMAZON} on sale for <b>$20.99</b>. Shipping is free.", "20.99 USD amazon"),
        ("Kettle", f"{AMAZON} for $20.99. Was $40. Free shipping on $35+.", "20.99 USD amazon"),
        ("Kettle", f"{AMAZON} for <s>$40</s> <b>$20</b>.", "20 USD amazon"),
        ("Kettle", f"{AMAZON} for $40 - $20 coupon = <b>$20</b>.", "20 USD amazon"),
        ("Kettle", f"{AMAZON} for $20. Save $15.", "20 USD amazon"),
        ("Kettle", f"{AMAZON} on sale.", "price_missing"),
        ("Kettles", f"{AMAZON}: red $20, blue $25.", "price_ambiguous"),
        ("Kettles", f"{AMAZON} from $20.", "price_ambiguous"),
        ("Kettle", f"{AMAZON} for $40 - $20 = $19.99.", "19.99 USD amazon"),
        ("Kettle $21", f"{AMAZON} on sale for $20.99.", "21 USD amazon"),
        (
            "Laika Boxset (Region Free) $14.50 Shipped",
            "Amazon.co.uk has Laika Boxset for £8.16 + £3.08 shipping = £11.24 or $14.47 USD.",
            "14.5 USD amazon",
        ),
        (
            "Laika Boxset (Region Free)",
            "Amazon.co.uk has Laika Boxset for £8.16 + £3.08 shipping = £11.24.",
            "11.24 GBP amazon",
        ),
        (
            "Couple Fluxx games on sale @ amazon $6.99, $7.85",
            "Frys.com has a couple of games for the prices listed below.",
            "price_ambiguous",
        ),
        ("20% off kettles", f"{AMAZON} for $20.", "price_missing"),
    ],
)
def test_the_body_tells_what_the_title_does_not(title, body, expected):
    assert read(title, body=body) == expected


@pytest.mark.parametrize(
    ("title", "extras", "expected"),
    [
        ("Kettle $20 (was $40)", {}, "40"),
        ("Kettle was $40 now $20", {}, "40"),
        ("Kettle $20", {"list_price": "$35"}, "35"),
        ("Kettle $20 (was $40)", {"list_price": "$35"}, "35"),
        ("Kettle $20", {"list_price": "$15"}, None),
        ("Kettle $20", {"list_price": "£35"}, None),
        ("Kettle $20", {"list_price": "cheap"}, None),
        ("Kettle $20 (RRP $59.99) + $5 shipping", {}, "59.99"),
        ("Kettle $20 + Free Shipping on orders of $50+", {}, None),
        ("$20 for $40 at Olive Garden", {}, "40"),
    ],
)
def test_a_list_price_is_a_claim_above_the_price(title, extras, expected):
    deal = parsed(title, extras=extras)
    assert deal.list_price == (None if expected is None else Decimal(expected))
