"""The HTML body of an item: links, codes and what a reader sees."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from html.parser import HTMLParser

_BLANKS = re.compile(r"\s+")
_INVISIBLE = {"script", "style", "template"}


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


def read_body(html: str) -> Body:
    """Read a body; broken mark-up gives what can be read of it."""
    reader = _BodyReader()
    reader.feed(html)
    reader.close()
    reader.body.text = _collapse(reader.texts)
    for anchor, start, end in reader.spans:
        anchor.text = _collapse(reader.texts[start:end])
    for start, end in reader.code_spans:
        if code := _collapse(reader.texts[start:end]):
            reader.body.codes.append(code)
    return reader.body


def _collapse(texts: list[str]) -> str:
    return _BLANKS.sub(" ", "".join(texts)).strip()


class _BodyReader(HTMLParser):
    """Collects texts, and where among them anchors and codes begin and end."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.body = Body()
        self.texts: list[str] = []
        self.spans: list[tuple[Anchor, int, int]] = []
        self.code_spans: list[tuple[int, int]] = []
        self._anchor: tuple[Anchor, int] | None = None
        self._code_at: int | None = None
        self._code_depth = 0
        self._hidden = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        attributes = {name: value or "" for name, value in attrs}
        if tag in _INVISIBLE:
            self._hidden += 1
        elif tag == "a":
            self._end_anchor()
            anchor = Anchor(attributes)
            self.body.anchors.append(anchor)
            self._anchor = (anchor, len(self.texts))
        elif tag == "span":
            if self._code_at is not None:
                self._code_depth += 1
            elif attributes.get("data-role") == "couponCode":
                self._code_at = len(self.texts)
                self._code_depth = 1
        else:
            # "$399</p><p>Free" is two words to a reader.
            self.texts.append(" " if tag in _BLOCKS else "")

    def handle_endtag(self, tag: str) -> None:
        if tag in _INVISIBLE:
            self._hidden = max(0, self._hidden - 1)
        elif tag == "a":
            self._end_anchor()
        elif tag == "span" and self._code_at is not None:
            self._code_depth -= 1
            if self._code_depth == 0:
                self.code_spans.append((self._code_at, len(self.texts)))
                self._code_at = None
        elif tag in _BLOCKS:
            self.texts.append(" ")

    def handle_data(self, data: str) -> None:
        if not self._hidden:
            self.texts.append(data)

    def close(self) -> None:
        super().close()
        self._end_anchor()

    def _end_anchor(self) -> None:
        if self._anchor is not None:
            anchor, start = self._anchor
            self.spans.append((anchor, start, len(self.texts)))
            self._anchor = None


_BLOCKS = {"br", "p", "div", "li", "ul", "ol", "tr", "td", "th", "table", "hr", "h1", "h2", "h3"}
