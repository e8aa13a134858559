import pytest

from udfs.parsing.urls import canonical


@pytest.mark.parametrize(
    ("link", "expected"),
    [
        ("https://www.amazon.com/Kettle/dp/B0ABCDEFGH/ref=sr_1?tag=x", "/dp/B0ABCDEFGH"),
        ("https://www.ebay.com/itm/Kettle/123456789012?mkcid=1", "/itm/123456789012"),
        ("https://www.walmart.com/ip/Kettle/1234567?athbdg=L1", "/ip/1234567"),
        ("https://shop.example/a//b/?utm_source=x", "/a/b/"),
        ("https://shop.example/a?b=1&utm_source=x", "/a?b=1"),
        ("https://user:secret@shop.example/a", "/a"),
    ],
)
def test_an_address_is_what_names_the_page(link, expected):
    host, _, path = (canonical(link) or "").removeprefix("https://").partition("/")
    assert (f"/{path}", "secret" in host) == (expected, False)


@pytest.mark.parametrize("link", ["", "ftp://a.b/c", "javascript:alert(1)", "http://[::1", "a.b"])
def test_what_is_no_address_of_a_page_is_none(link):
    assert canonical(link) is None
