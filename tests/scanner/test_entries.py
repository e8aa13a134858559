import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from schemas.codec import shipped
from scripts.scanner.entries import (
    CUT_MARK,
    MAX_ITEM_ID,
    MAX_ITEMS,
    MAX_SUMMARY,
    read_feed,
    record_key,
)
from scripts.scanner.markup import FeedUnreadableError
from tests.scanner.builders import NOW_MS, feed, item, rss

ATOM = b"""<feed xmlns="http://www.w3.org/2005/Atom"><id>f</id><title>f</title>
<entry><id>tag:1</id><title type="html">A &amp;amp; B</title>
<link rel="enclosure" href="https://x.example.com/a.jpg"/>
<link rel="alternate" href="https://x.example.com/a"/>
<published>2026-07-03T10:00:00-04:00</published><updated>2026-07-09T10:00:00-04:00</updated>
<summary>short</summary><content type="html">&lt;p&gt;the longer body&lt;/p&gt;</content>
</entry></feed>"""


def deals(document: bytes, **changes):
    return read_feed(document, feed(**changes), NOW_MS).deals


def test_a_deal_carries_what_the_feed_says_and_when_it_was_read():
    (deal,) = deals(rss(item(pubDate="Sun, 26 Jul 2026 23:30:55 +0100", description="&lt;b&gt;x")))
    assert deal == {
        "source": "shop",
        "feed_url": "shop.xml",
        "item_id": "lamp",
        "fetched_at": NOW_MS,
        "published_at": 1785105055000,
        "title": "Lamp $5",
        "link": "https://shop.example.com/lamp",
        "summary_html": "<b>x",
        "extras": {"merchant_domain": "shop.example.com"},
    }


def test_atom_entries_give_the_page_the_first_date_and_the_longest_body():
    (deal,) = deals(ATOM)
    assert (deal["title"], deal["link"]) == ("A &amp; B", "https://x.example.com/a")
    assert deal["published_at"] == 1783087200000
    assert deal["summary_html"] == "<p>the longer body</p>"


def test_bodies_are_not_sanitised_for_their_data_attributes_name_the_shop():
    html = '<p style="x" data-a="1" onclick="evil()">y</p><script>z</script>'
    (deal,) = deals(rss(item(description=f"<![CDATA[{html}]]>")))
    assert deal["summary_html"] == html


def test_hostile_links_are_passed_on_for_the_parse_stage_to_judge():
    (deal,) = deals(rss(item(link="javascript:alert(1)")))
    assert deal["link"] == "javascript:alert(1)"


def test_items_without_title_or_link_are_still_deals():
    (deal,) = deals(rss("<description>x</description>"))
    assert (deal["title"], deal["link"], deal["published_at"]) == ("", "", None)


def test_an_item_is_known_by_guid_else_link_else_its_content():
    guid, link, content = deals(
        rss(item(), "<link>https://shop.example.com/l</link>", "<title>only a title</title>")
    )
    assert guid["item_id"] == "lamp"
    assert link["item_id"] == "https://shop.example.com/l"
    assert content["item_id"].startswith("sha256-")
    assert record_key(guid) == "shop:lamp"


def test_the_proxied_items_own_address_is_taken():
    namespace = 'xmlns:feedburner="http://rssnamespace.org/feedburner/ext/1.0"'
    own = "<feedburner:origLink>https://shop.example.com/own</feedburner:origLink>"
    (deal,) = deals(rss(item(link="http://feedproxy.example.com/x") + own, namespaces=namespace))
    assert deal["link"] == "https://shop.example.com/own"


def test_items_come_in_the_order_of_their_publication():
    dates = [f"{day} Jul 2026 10:00:00 GMT" for day in ("20", "02", "11")]
    found = deals(rss(*(item(guid=date[:2], pubDate=date) for date in dates)))
    assert [deal["item_id"] for deal in found] == ["02", "11", "20"]


def test_items_that_share_a_guid_are_kept_apart_and_repetitions_dropped():
    found = deals(
        rss(item(guid="x", title="one"), item(guid="x", title="two"), item(guid="x", title="one"))
    )
    assert [deal["title"] for deal in found] == ["one", "two"]
    assert found[0]["item_id"] == "x"
    assert found[1]["item_id"].startswith("x#")


def test_the_id_of_an_item_does_not_depend_on_what_stands_before_it():
    alone = deals(rss(item(guid="x" * 600)))
    after = deals(rss(item(guid="y"), item(guid="x" * 600)))
    assert alone[0]["item_id"] == after[1]["item_id"]
    assert len(alone[0]["item_id"]) == MAX_ITEM_ID


def test_long_bodies_are_cut_with_a_mark():
    (deal,) = deals(rss(item(description="x" * (MAX_SUMMARY + 1))))
    assert len(deal["summary_html"]) == MAX_SUMMARY
    assert deal["summary_html"].endswith(CUT_MARK)


def test_the_largest_possible_record_fits_into_kafkas_message():
    large = "🔥" * 200_000
    fields = item(title=large, link="https://x.example.com/" + large, guid=large, description=large)
    merchant = f'<pepper:merchant name="{large}" price="{large}"/><category>{large}</category>'
    (deal,) = deals(rss(fields + merchant))
    assert len(shipped("deals.raw").write(dict(deal))) < 1_000_000


def test_feeds_of_too_many_items_are_cut_with_a_warning():
    reading = read_feed(rss(*[f"<guid>{n}</guid>" for n in range(MAX_ITEMS + 3)]), feed(), NOW_MS)
    assert len(reading.deals) == MAX_ITEMS
    assert reading.warnings == [f"3 items over {MAX_ITEMS} left out"]


def test_a_broken_document_gives_the_items_that_can_be_read_and_a_warning():
    document = rss(item(guid="a"), item(guid="b")).replace(b"</channel></rss>", b"<item><tit")
    reading = read_feed(document, feed(), NOW_MS)
    assert {"a", "b"} <= {deal["item_id"] for deal in reading.deals}
    assert "not well-formed" in reading.warnings[0]


@pytest.mark.parametrize(
    "document", [b"", b"plain text", b"<html><body>Sorry</body></html>", b"{}", b"\0" * 64]
)
def test_what_is_no_feed_is_an_error(document):
    with pytest.raises(FeedUnreadableError, match="no feed"):
        read_feed(document, feed(), NOW_MS)


def test_a_feed_without_items_is_a_feed():
    assert deals(rss()) == []


def test_letters_that_utf8_cannot_carry_are_replaced():
    (deal,) = deals(rss(item(title="a&#xD800;b")))
    deal["title"].encode()


PIECES = st.sampled_from(
    [
        *(b"<rss>", b"</rss>", b"<channel>", b"<item>", b"</item>", b"<entry>", b"</entry>"),
        *(b"<title>", b"</title>", b"<link>", b"</link>", b'<link href="http://["/>', b"<guid>"),
        *(b"</guid>", b"<pubDate>", b"</pubDate>", b"99 Foo 2026", b"<![CDATA[", b"]]>", b"<!--"),
        *(b"&#x0;", b"&#xD800;", b"&lt;", b"&nbsp;", b"<?xml?>", b"\xff\xfe", b"\0", b"<![", b"<"),
        *(b'<pepper:merchant price="1"/>', b"<ozb:meta ", b'url="http://[x" ', b"/>", b"<a:b>"),
        *(b"<content:encoded>", b"</content:encoded>", b'<feed xmlns="x">', b"https://a.b/c", b" "),
        *(b"<description>", b"</description>", b"<category>", b"</category>", b"<updated>"),
    ]
)


@settings(max_examples=300, deadline=None)
@example(b"<guid<a</guid<item<")  # a feed whose link is no text
@given(st.one_of(st.binary(max_size=200), st.lists(PIECES, max_size=30).map(b"".join)))
def test_whatever_the_bytes_they_give_sound_records_or_one_kind_of_error(body):
    try:
        found = deals(b"<rss><channel>" + body)
    except FeedUnreadableError:
        return
    for deal in found:
        shipped("deals.raw").write(dict(deal))
