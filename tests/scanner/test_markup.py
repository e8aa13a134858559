import pytest

from scripts.scanner.markup import FeedUnreadableError, decode, read_structure

BOMB = (
    '<!DOCTYPE rss [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">'
    '<!ENTITY c "&b;&b;&b;&b;&b;&b;&b;&b;">]><rss><channel><item><title>&c;</title></item>'
    "</channel></rss>"
)
EXTERNAL = '<!DOCTYPE rss [<!ENTITY x SYSTEM "file:///etc/passwd">]><rss><item>&x;</item></rss>'
PARAMETER = '<!DOCTYPE rss SYSTEM "http://127.0.0.1/evil.dtd"><rss/>'


@pytest.mark.parametrize("document", [BOMB, EXTERNAL, PARAMETER, "<!doctype html><html/>"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-16", "utf-16-le", "utf-32", "utf-8-sig"])
def test_a_document_type_is_refused_in_every_encoding(document, encoding):
    body = document.encode(encoding)
    charset = encoding if encoding == "utf-16-le" else None
    with pytest.raises(FeedUnreadableError, match="document type"):
        read_structure(decode(body, charset))


def test_a_document_type_behind_broken_markup_is_refused():
    with pytest.raises(FeedUnreadableError, match="document type"):
        read_structure("<rss><a></b>" + BOMB)


def test_the_words_alone_are_no_document_type():
    title = "<title>&lt;!DOCTYPE html&gt;</title><d><![CDATA[<!DOCTYPE x>]]></d>"
    text = f"<rss><item>{title}</item></rss>"
    assert read_structure(text).items[0][0].text == "<!DOCTYPE html>"


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("<a>" * 101, "100 levels"),
        ("<a>" + "<b/>" * 100_000, "100,000 elements"),
        ("<a " + " ".join(f'b{n}=""' for n in range(101)) + "/>", "100 attributes"),
        ("<a>" + "x" * 1_000_000, "not well-formed"),
    ],
)
def test_documents_beyond_every_real_feed_are_refused(text, complaint):
    with pytest.raises(FeedUnreadableError, match=complaint):
        read_structure(text)


@pytest.mark.parametrize("charset", ["punycode", "unicode_escape", "idna", "base64", "x-mars"])
def test_encodings_that_are_none_of_the_webs_are_refused(charset):
    with pytest.raises(FeedUnreadableError, match="encoding"):
        decode(b"<rss/>", charset)
    with pytest.raises(FeedUnreadableError, match="encoding"):
        decode(f'<?xml version="1.0" encoding="{charset}"?><rss/>'.encode())


@pytest.mark.parametrize(
    ("body", "charset"),
    [
        ("£9".encode(), None),
        ("£9".encode("latin-1"), "ISO-8859-1"),
        ('<?xml version="1.0" encoding="windows-1252"?>£9'.encode("cp1252"), None),
        ("£9".encode("utf-16"), "utf-8"),  # the byte order mark knows better
    ],
)
def test_bytes_are_read_in_the_encoding_they_are_in(body, charset):
    assert decode(body, charset) == "£9"


def test_attributes_and_text_of_an_items_own_elements_are_kept():
    text = (
        '<rss><channel><link>x</link><item><p:price currency="USD"> 60 </p:price>'
        '<p:merchant name="A&amp;B"/><x>a<b>nested</b>c</x></item></channel></rss>'
    )
    (elements,) = read_structure(text).items
    assert [(e.name, dict(e.attributes), e.text) for e in elements] == [
        ("p:price", {"currency": "USD"}, " 60 "),
        ("p:merchant", {"name": "A&B"}, ""),
        ("x", {}, "ac"),
    ]


def test_a_broken_document_keeps_its_items_before_the_error():
    structure = read_structure("<rss><item><a>1</a></item><item><a>2</b></item></rss>")
    assert [[e.text for e in item] for item in structure.items] == [["1"]]
    assert structure.error is not None
