"""Hostile bytes to XML that is safe to parse.

A feed never needs a document type: refusing every DOCTYPE leaves no entity to expand and no
external file to read, in any encoding, because the check reads the very text that is parsed later.
"""

import codecs
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from xml.parsers import expat

# Far above every real feed. feedparser takes seconds to minutes for documents beyond these.
MAX_DEPTH = 100
MAX_ELEMENTS = 100_000
MAX_ATTRIBUTES = 100
# A document that is not well-formed goes through feedparser's lenient parser, which is slow.
MAX_BROKEN = 1_000_000
# Feeds are text of the web; odd codecs of Python (punycode, unicode_escape) are none of it.
_ENCODINGS = {
    codecs.lookup(name).name
    for name in [
        *("ascii", "utf-8", "utf-16", "utf-16-le", "utf-16-be", "utf-32", "koi8-r", "koi8-u"),
        *("gb2312", "gbk", "gb18030", "big5", "shift_jis", "euc-jp", "euc-kr"),
        *(f"iso8859-{part}" for part in range(1, 17) if part != 12),
        *(f"cp{page}" for page in range(1250, 1259)),
    ]
}
_BOMS = (
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_DECLARATION = re.compile(r"\A\s*<\?xml\b[^>]*\?>")
_DECLARED = re.compile(rb"""\A\s*<\?xml\b[^>]{0,200}?\bencoding\s*=\s*["']([A-Za-z0-9._-]{1,40})""")
_DTD = re.compile(r"<!(?:DOCTYPE|ENTITY)\b", re.IGNORECASE)
# What XML 1.0 does not allow. One such letter, pasted from somewhere, would cost the whole feed.
_FORBIDDEN = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
_REFERENCE = re.compile(r"&#(?:[xX]([0-9a-fA-F]{1,40})|([0-9]{1,40}));")
_ITEMS = {"item", "entry"}


class FeedUnreadableError(Exception):
    """The bytes are no feed, or one that is not safe to parse."""


@dataclass(frozen=True)
class Element:
    """A direct child of an item.

    Attributes:
        name: As written, in lower case: "pepper:merchant". Feeds of these dialects use their usual
            prefixes, and some forget to declare them, which a namespace-aware parser refuses.
    """

    name: str
    attributes: Mapping[str, str]
    text: str


@dataclass
class Structure:
    """What feedparser does not keep: every item's own elements, with attributes and text.

    Attributes:
        items: A list of elements an item, in document order.
        error: Why the document is not well-formed; `items` then stops before that.
    """

    items: list[list[Element]] = field(default_factory=list)
    error: str | None = None


def decode(body: bytes, charset: str | None = None) -> str:
    """A document as text, without its XML declaration and what XML does not allow.

    Args:
        body: Bytes of the document.
        charset: What the transport says; a byte order mark is believed first.

    Raises:
        FeedUnreadableError: the encoding is none of the web's.
    """
    encoding = next((name for bom, name in _BOMS if body.startswith(bom)), None)
    if encoding is None and charset:
        encoding = charset
    if encoding is None:
        declared = _DECLARED.match(body)
        if declared:
            encoding = declared[1].decode("ascii")
        elif body[:4] in (b"<\0?\0", b"<\0r\0", b"<\0f\0"):
            encoding = "utf-16-le"
        elif body[:4] in (b"\0<\0?", b"\0<\0r", b"\0<\0f"):
            encoding = "utf-16-be"
    try:
        codec = codecs.lookup(encoding or "utf-8")
    except LookupError:
        codec = None
    if codec is None or codec.name not in _ENCODINGS:
        message = f"encoding {encoding!r} is not known"
        raise FeedUnreadableError(message)
    text = body.decode(codec.name, errors="replace").removeprefix("\ufeff")
    return _REFERENCE.sub(_allowed, _FORBIDDEN.sub("", _DECLARATION.sub("", text)))


def _allowed(reference: re.Match[str]) -> str:
    """A character reference, if it is to a character that XML allows; else nothing."""
    code = int(reference[1], 16) if reference[1] else int(reference[2])
    is_allowed = code <= 0x10FFFF and not _FORBIDDEN.match(chr(code))
    return reference[0] if is_allowed else ""


def read_structure(text: str) -> Structure:
    """Check that a document is safe to parse, and read the elements of its items.

    Raises:
        FeedUnreadableError: it has a document type, or is beyond one of the bounds above.
    """
    reader = _Reader()
    try:
        reader.read(text)
    except expat.ExpatError as error:
        reader.structure.error = str(error)
        # The parser stopped early and a lenient one may read on: search what it has not seen.
        if _DTD.search(text):
            raise FeedUnreadableError(_REFUSED) from error
        if len(text) > MAX_BROKEN:
            message = f"is not well-formed ({error}) and longer than {MAX_BROKEN:,} characters"
            raise FeedUnreadableError(message) from error
    return reader.structure


_REFUSED = "has a document type (an HTML page, or an entity bomb): refused"


class _Reader:
    """Builds a Structure from expat's events."""

    def __init__(self) -> None:
        self.structure = Structure()
        self._depth = 0
        self._count = 0
        self._item_depth: int | None = None
        self._elements: list[Element] = []
        self._attributes: dict[str, str] = {}
        self._text: list[str] = []

    def read(self, text: str) -> None:
        parser = expat.ParserCreate(encoding="utf-8")
        parser.buffer_text = True
        parser.StartDoctypeDeclHandler = self._refuse
        parser.EntityDeclHandler = self._refuse
        parser.StartElementHandler = self._start
        parser.EndElementHandler = self._end
        parser.CharacterDataHandler = self._characters
        parser.Parse(text.encode("utf-8", errors="replace"), True)  # noqa: FBT003 - positional only

    def _refuse(self, *_: object) -> None:
        raise FeedUnreadableError(_REFUSED)

    def _start(self, tag: str, attributes: dict[str, str]) -> None:
        self._depth += 1
        self._count += 1
        for number, most, what in (
            (self._depth, MAX_DEPTH, "levels of elements"),
            (self._count, MAX_ELEMENTS, "elements"),
            (len(attributes), MAX_ATTRIBUTES, "attributes of an element"),
        ):
            if number > most:
                message = f"has more than {most:,} {what}: refused"
                raise FeedUnreadableError(message)
        if self._item_depth is None:
            if tag.rpartition(":")[2].lower() in _ITEMS:
                self._item_depth = self._depth
                self._elements = []
        elif self._depth == self._item_depth + 1:
            self._attributes = attributes
            self._text = []

    def _characters(self, text: str) -> None:
        if self._item_depth is not None and self._depth == self._item_depth + 1:
            self._text.append(text)

    def _end(self, tag: str) -> None:
        if self._item_depth is not None:
            if self._depth == self._item_depth:
                self.structure.items.append(self._elements)
                self._item_depth = None
            elif self._depth == self._item_depth + 1:
                element = Element(tag.lower(), self._attributes, "".join(self._text))
                self._elements.append(element)
        self._depth -= 1
