from hypothesis import given
from hypothesis import strategies as st

from scripts.scanner.bodies import read_body


def test_anchors_keep_their_attributes_and_visible_text():
    body = read_body(
        '<p>x <a HREF="https://a.b/?x=1&amp;y=2" data-store-slug="s">A <b>B</b></a></p>'
    )
    (anchor,) = body.anchors
    assert (anchor.href, anchor.attributes["data-store-slug"]) == ("https://a.b/?x=1&y=2", "s")
    assert anchor.text == "A B"


def test_unclosed_anchors_end_at_the_next_one():
    assert [a.text for a in read_body("<a href=x>one<a href=y>two").anchors] == ["one", "two"]


def test_text_is_what_a_reader_sees():
    html = "<style>p{}</style><p>One&nbsp;&amp;</p><p>two<br>three</p><script>x<y</script>"
    assert read_body(html).text == "One & two three"


def test_coupon_codes_are_found_where_the_markup_marks_them():
    html = (
        "use <span data-role='couponCode'><span class='icon'></span><span class='code'>"
        "<strong>SDRAM15</strong></span></span> at <span>checkout</span>"
    )
    assert read_body(html).codes == ["SDRAM15"]


_PIECES = st.sampled_from(
    [*"<>!-[]&;#x/\"'= ", "<a ", "href=", "<!", "<![", "]]>", "<?", "&#", "<span", "CDATA", "a"]
)


@given(st.lists(_PIECES, max_size=40).map("".join))
def test_no_markup_is_too_broken_to_read(html):
    read_body(html)
