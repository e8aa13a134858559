"""The manufacturer's model number in a title, by its grammar, place and length."""

import re
from functools import lru_cache
from typing import NamedTuple

# An amount of something: capacity, size, rate, count; never a model number.
_MEASURE = re.compile(
    r"\d+(?:[.,]\d+)?(?:x\d+(?:[.,]\d+)?)*-?(?:gb|tb|mb|kb|ghz|mhz|hz|khz|w|wh|kw|v|a|ah|mah|mm|cm|m|km"
    r"|in|inch|inches|ft|ml|l|cl|oz|g|kg|mg|lb|lbs|qt|quart|ct|count|pk|pack|pc|pcs|piece|pieces|k|p|fps"
    r"|mp|dpi|nm|rpm|bit|core|cores|way|port|ports|person|day|days|hour|hours|h|yr|year|month|th|nd|rd"
    r"|st|d|s|°|cfm|btu|psi|lm|lumens?|lux|sheets?|rolls?|loads?|pairs?|set|zoll|in1|in-1|g2|mbps|gbps"
    r"|users?|disc|discs|channel|key|pin|page|pages|button|line|speed|cup|user|licen[sc]es?|x)",
    re.IGNORECASE,
)
_STANDARD = re.compile(
    r"(?:ddr|lpddr|gddr|pcie?|usb|hdmi|wifi|wi-fi|ip[x0-9]|bt|bluetooth|sata|nvme|m\.2|mp3|mp4|h26|802\."
    r"|type-?c|dp1|atx|rj|cat|ps[1-5]$|av1|hdr|g-?sync|4k|5k|8k|3d|2d|i[3579]-|r[3579]-|gen\d|ax\d+$"
    r"|av\d+$|ac\d+$|axe\d+$|be\d+$|cl\d+$|am[45]$|lga|rgb|b\d$|x\d$|s\d{1,2}$|a\d{1,2}$|win\d"
    r"|windows|playstation|xbox|iphone|ipad|ipod|vista|office|mpeg|f/)",
    re.IGNORECASE,
)
# "18-in-1", "18V-55", "Core-11", "11th", "4-5.6", "1920x1080", "2007-2010": no model number alone.
_SERIES = re.compile(
    r"\d+-(?:[a-z]+)(?:-[a-z]+)*|\d+[a-z]?-\d+(?:mm|v)?|[a-z]{4,}-\d{1,2}|\d{1,2}(?:st|nd|rd|th)"
    r"|[\d.,]+[x*/-][\d.,]+[a-z]*(?:[x*/-][\d.,]+[a-z]*)*|\d{1,3}[x-]\d{1,3}",
    re.IGNORECASE,
)
_CANDIDATE = re.compile(r"(?<![\w,.])[A-Za-z0-9][A-Za-z0-9./#-]{2,30}[A-Za-z0-9](?![\w°'\"])")
# What an accessory is for is not what it is.
_FOR = re.compile(
    r"\b(?:for|fits?|compatible|replaces|replacement for|works with|für|passend|suits)\b",
    re.IGNORECASE,
)
_SEPARATORS = re.compile(r"[\W_]+")
_LETTERS, _DIGITS = re.compile("[A-Za-z]"), re.compile("[0-9]")
MIN_CHARS, MAX_CHARS = 5, 22
# The places where shops put it: at the end after a dash, in brackets.
_TAIL, _BRACKETS = 8, 6


class Candidate(NamedTuple):
    """A token that may be the model number."""

    token: str
    model: str
    """Without case and separators: what two spellings of it share."""
    rank: int


def canonical(model_number: str) -> str:
    """A model number without case and separators.

    >>> canonical("KDL-46Z4100/B")
    'kdl46z4100b'
    """
    small = model_number.casefold()
    return small if small.isalnum() else _SEPARATORS.sub("", small)


@lru_cache(64)  # of a title it is asked several times in a row
def candidates(title: str) -> tuple[Candidate, ...]:
    """Tokens of a title that may be its model number, the best first.

    Letters with two digits or more, of five characters or more (four in brackets or at the end); or
    digits alone, of five or more, at the end after a dash. What stands behind "for" is another's.
    """
    end = title.rstrip(" )]*")
    lead = found.start() if (found := _FOR.search(title)) else len(title)
    every = []
    for match in _CANDIDATE.finditer(title):
        token = match[0]
        if token.isalpha() or not _DIGITS.search(token):
            continue
        model = canonical(token)
        before = title[: match.start()]
        is_tail = match.end() >= len(end) and before.endswith((" - ", " – ", ": "))
        is_bracketed = before.endswith(("(", "( ", "["))
        is_placed = is_tail or is_bracketed
        if match.start() > lead and not is_placed:
            continue
        if not _is_model(token, model, is_placed=is_placed):
            continue
        rank = _TAIL * is_tail + _BRACKETS * is_bracketed + 2 * ("-" in token)
        every.append(Candidate(token, model, rank + min(len(model), 14)))
    return tuple(sorted(every, key=lambda each: -each.rank))


def _is_model(token: str, model: str, *, is_placed: bool) -> bool:
    letters, digits = len(_LETTERS.findall(token)), len(_DIGITS.findall(token))
    if len(model) > MAX_CHARS or len(model) < MIN_CHARS - is_placed:
        return False
    if not letters:
        return is_placed and digits >= MIN_CHARS and "." not in token
    # Four characters are a chipset or a series more often than a model: B650, C755.
    if digits < 2 and not (is_placed and digits and len(model) >= MIN_CHARS):
        return False
    if any(pattern.fullmatch(token) for pattern in (_MEASURE, _SERIES)):
        return False
    if _STANDARD.match(token):
        return False
    return not any(_MEASURE.fullmatch(part) for part in token.split("/"))


def model_number_of(title: str) -> str | None:
    """The model number, as the title writes it; None where there is none.

    >>> model_number_of('LG 55" C4 Series OLED evo 4K TV OLED55C4PUA 120Hz')
    'OLED55C4PUA'
    """
    return next((each.token for each in candidates(title)), None)
