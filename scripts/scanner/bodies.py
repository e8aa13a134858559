"""The HTML body of an item: links, codes and what a reader sees.

Not html.parser: on 100,000 characters of unclosed tags it takes a minute and a half. Here every
character is looked at a fixed number of times, at the price of ending a tag at its first `>`.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from html import unescape

_BLANKS = re.compile(r"\s+")
_TAG = re.compile(r"<(/?)([A-Za-z][^\s/>]*)")
_ATTRIBUTE = re.compile(r"""([^\s=/"'>]+)(?:\s*=\s*("[^"]*"|'[^']*'|[^\s>]+))?""")
_INVISIBLE = {"script", "style", "template"}
# "$399</p><p>Free" is two words to a reader.
_BLOCKS = {"br", "p", "div", "li", "ul", "ol", "tr", "td", "th", "table", "hr", "h1", "h2", "h3"}


@dataclass
class Anchor:
    """A link of a body.

    Attributes:
        attributes: Of its tag, href among them; names in lower case.
        text: What a reader sees of it.
    """

    attributes: Mapping[str, str]
    text: str = ""

    @property
    def href(self) -> str:
        """Where it leads; empty = nowhere."""
        return self.attributes.get("href", "").strip()


@dataclass
class Body:
    """What stands in an HTML body.

    Attributes:
        text: What a reader sees, blanks collapsed.
        anchors: Links in order.
        codes: Coupon codes that the mark-up itself shows as such.
    """

    text: str = ""
    anchors: list[Anchor] = field(default_factory=list)
    codes: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class _Tag:
    name: str
    is_end: bool
    attributes: Mapping[str, str]


def read_body(html: str) -> Body:
    """Read a body; broken mark-up gives what can be read of it."""
    body = Body()
    texts: list[str] = []
    anchor_at = code_at = code_depth = 0
    anchor: Anchor | None = None
    for piece in _pieces(html):
        if isinstance(piece, str):
            texts.append(piece)
        elif piece.name == "a":
            if anchor is not None:
                anchor.text = _collapse(texts[anchor_at:])
            anchor = None if piece.is_end else Anchor(piece.attributes)
            if anchor is not None:
                body.anchors.append(anchor)
                anchor_at = len(texts)
        elif piece.name == "span":
            if code_depth:
                code_depth += -1 if piece.is_end else 1
                if not code_depth and (code := _collapse(texts[code_at:])):
                    body.codes.append(code)
            elif piece.attributes.get("data-role") == "couponCode":
                code_at, code_depth = len(texts), 1
        elif piece.name in _BLOCKS:
            texts.append(" ")
    if anchor is not None:
        anchor.text = _collapse(texts[anchor_at:])
    body.text = _collapse(texts)
    return body


def _collapse(texts: list[str]) -> str:
    return _BLANKS.sub(" ", "".join(texts)).strip()


def _pieces(html: str) -> Iterator[str | _Tag]:
    """Texts and tags in order; comments, scripts and styles left out."""
    lower = html.lower() if len(html.lower()) == len(html) else html
    at = 0
    end = -1
    while at < len(html):
        start = html.find("<", at)
        if start < 0:
            start = len(html)
        if start > at:
            yield unescape(html[at:start])
        if html.startswith("<!--", start):
            at = _after(html, "-->", start + 4)
            continue
        if end < start:
            end = html.find(">", start)
        if end < 0:  # no tag any more
            yield unescape(html[start:])
            return
        found = _TAG.match(html, start, end)
        if found is None:
            if html[start + 1] in "!?/":  # a declaration: a reader sees nothing of it
                at = end + 1
            else:
                yield "<"
                at = start + 1
            continue
        tag = _tag(found, html[found.end() : end])
        at = end + 1
        if tag.name in _INVISIBLE and not tag.is_end:
            at = _after(lower, f"</{tag.name}", at)
            at = _after(html, ">", at)
        else:
            yield tag


def _tag(found: re.Match[str], rest: str) -> _Tag:
    attributes: dict[str, str] = {}
    for attribute in _ATTRIBUTE.finditer(rest):
        value = attribute[2] or ""
        if value[:1] in ("'", '"') and value[-1:] == value[:1] and len(value) > 1:
            value = value[1:-1]
        attributes.setdefault(attribute[1].lower(), unescape(value))
    return _Tag(found[2].lower(), bool(found[1]), attributes)


def _after(html: str, mark: str, at: int) -> int:
    """Where the text goes on after a mark; the end, if there is none."""
    found = html.find(mark, at)
    return len(html) if found < 0 else found + len(mark)
