import pytest

from tests.udfs.parsing.items import parsed
from udfs.parsing.merchants import slug


@pytest.mark.parametrize(
    ("title", "body", "extras", "merchant"),
    [
        ("Kettle $20 @ Target", "Frys.com has a Kettle.", {}, "target"),
        ("Kettle $20 @ Target", "", {"merchant": "Best Buy"}, "bestbuy"),
        ("Kettle $20 @ Target", "", {"merchant_domain": "costco.com"}, "costco"),
        ("Kettle $20", "Thumb Score: +87 Costco Wholesale.com has a Kettle.", {}, "costco"),
        ("Kettle $20", "Toys R Us has several Kettles.", {}, "toysrus"),
        ("Kettle $20", "A nice kettle.", {}, None),
    ],
)
def test_fields_beat_the_sign_and_the_sign_beats_the_body(title, body, extras, merchant):
    assert parsed(title, body=body, extras=extras).merchant == merchant


@pytest.mark.parametrize(
    ("name", "word"), [("B&Q", "bandq"), ("Best Buy", "bestbuy"), ("Amazon.co.uk", "amazon")]
)
def test_a_shop_has_one_name(name, word):
    assert slug(name) == word
