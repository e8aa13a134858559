"""What an amount is: the price, or one of the many other sums that titles of deals are full of."""

import re
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache

from udfs.parsing.amounts import Amount, amounts


class Role(StrEnum):
    """The part an amount plays."""

    PRICE = "price"
    ALTERNATIVE = "alternative"  # the same offer in another currency or under another condition
    LIST = "list"
    SAVING = "saving"
    GIFT = "gift"
    MONTHLY = "monthly"
    FROM = "from"
    THRESHOLD = "threshold"
    SHIPPING = "shipping"
    UNIT = "unit"
    RANGE = "range"


# A few words on either side are enough, and bound the work.
REACH_CHARS = 48

_BEFORE: tuple[tuple[Role, re.Pattern[str]], ...] = tuple(
    (role, re.compile(rf"(?:{pattern})[\s:~(]{{0,4}}$", re.IGNORECASE))
    for role, pattern in (
        (Role.LIST, r"\bwas|\bwere|\blist(?:ed)?(?: price)?(?: of| at)?|\bmsrp(?: of)?|\breg\.?"
                    r"|\bregular(?:ly)?(?: price)?|\brrp(?: of)?|\buvp|\bpvg|\borig(?:inal(?:ly)?)?"
                    r"\.?(?: price)?|\bstatt|\bretails?(?: for| at)?|\bnormal(?:ly)?|\busual(?:ly)?"
                    r"|\binstead of|\bcompare at|\bpreviously|\bworth|\bvalued? (?:at|of)"
                    r"|\bau lieu de|\bzamiast|\bantes|\binvece di|\banziché|\bi\.p\.v\."
                    r"|\bn[äa]chster preis[^.]{0,20}"
                    r"|\bvergleichspreis|\bidealo|\bdown from|\bdrops? from|\bsrp|\bvs\.?"),
        (Role.SAVING, r"\bsaves?|\bsavings? of|\bsaving|\bup to|\bextra|\badditional|\banother|\bby"
                      r"|\bdiscount of|\bsparen?|\bminus|\bbis zu|\bjusqu['’]à|\bearn|\bget back"
                      r"|\bless"),
        (Role.FROM, r"\bfrom(?: just| only)?|\bstart(?:s|ing)?(?: at| from)|\bas low as|\bab"
                    r"|\bà partir de|\bdès|\bdesde|\bvanaf|\bprices? start(?:ing)? at|\bunder"
                    r"|\bbelow|\bunter|\bod"),
        (Role.THRESHOLD, r"\boff (?:of |an? |your |orders? (?:over |of )?)?|\bover|\babove|\bspend"
                         r"|\bmin(?:imum)?\.?(?: spend| order)?(?: of)?|\bpurchases? (?:of|over)"
                         r"|\borders? of|\bfree (?:shipping|delivery|s&h) w/|\bmbw|\b(?:for )?every"
                         r"|\bshipping"
                         r" (?:on|w/|with)(?: orders?)?(?: over| of)?|\bwhen you (?:buy|spend)"
                         r"|\breload"
                         r"|\bab einem|\bon|\borders?"),
        (Role.GIFT, r"^\W{0,20}free|[-:+&]\s?free|\bbonus"),
        (Role.SHIPPING, r"\b(?:shipping|delivery|postage|versand|vsk|p&p|s&h|fdp|livraison)"
                        r"(?: from| of| is| for)?"),
    )
)  # fmt: skip
_AFTER: tuple[tuple[Role, re.Pattern[str]], ...] = tuple(
    (role, re.compile(rf"[\s)]{{0,3}}(?:{pattern})", re.IGNORECASE))
    for role, pattern in (
        (Role.MONTHLY, r"[-/]?\s?(?:per|a|pro|par|im|each|every|al|por)?\s?[-/]?\s?(?:mo(?:nth|nat"
                       r"|is\b|\.|\b)|mth|mtl\b|mensuel|mes\b|mies|pm\b|p/m|pcm\b|yr\b|year\b"
                       r"|jahr\b|an\b|wk\b|week\b)|monthly\b|monatlich"),
        (Role.GIFT, r"(?:[\w'’.&+-]{1,20}\s){0,3}?(?:(?:e-?)?gift\s?"
                    r"(?:cards?|certificates?|codes?)\b"
                    r"|e-?gift\b|gc\b|egc\b|e-?cards?\b|shop(?:ping)? cards?\b|kohl['’]?s cash"
                    r"|geschenkkarte|rewards?\b|reward cards?|prepaid card"
                    r"|(?:store |in-store |statement |bill )?credits?\b|guthaben|bonus\b)"),
        (Role.SAVING, r"(?:usd )?(?:off\b|discount|rabatt|savings?\b|cheaper|günstiger|less\b"
                      r"|back\b"
                      r"|(?:mail-in |instant )?rebate|cash\s?back|coupon\b|voucher\b|gutschein"
                      r"|(?:de )?(?:r[ée]duction|remise|descuento|sconto|korting)|under\b|below\b"
                      r"|offerts\b|rembours|MIR\b|price drop|saved?\b)"),
        (Role.SHIPPING, r"(?:flat[- ]rate |standard )?(?:shipping\b(?! (?:included|incl))|s&h|s/h"
                        r"|delivery\b|postage|p&p|post\b|versand(?!kostenfrei)|vsk\b|fdp\b"
                        r"|livraison|non[- ]?prime|np\b|c&c\b|click (?:&|and) collect)"),
        (Role.ALTERNATIVE, r"w/o(?:\s{0,3}$|\s(?:s&s|prime|code|coupon))"),
        (Role.FROM, r"\+\s?(?:per person|pp\b|each way)"),
        (Role.THRESHOLD, r"\+?\s?(?:or more|spend\b|purchases?\b|minimum|min\b|mbw\b|orders?\b"
                         r"|d['’]achats?)"),
        (Role.UNIT, r"(?:/|per|pro)\s?(?:ct|count|oz|lb|kg|g|100\s?g|l|liter|litre|roll|sheet|load"
                    r"|bottle|can|wash|tb|gb|meter|metre|sq|ft|night|nacht|person|pp)\b"
                    r"|pp\b|p\.p\."),
        (Role.LIST, r"(?:list\b|msrp|rrp|value\b|retail\b|reg\b|regular\b|elsewhere|at other)"),
    )
)  # fmt: skip
# "$399+" is the least of several prices, or a sum to spend.
_PLUS = re.compile(r"\+(?=\s{0,3}(?:$|[),.;]))")
_RANGE = re.compile(r"\s{0,3}(?:-|–|—|to|bis)\s{0,3}", re.IGNORECASE)
# "$20 for $40 of food": what one pays for what one gets.
_FACE = re.compile(r"\s{1,3}for\s{1,3}", re.IGNORECASE)
_ALTERNATIVE = re.compile(
    r"(?:\bor(?: as low as)?|\babout|\baround|\bapprox\.?|\b(?:equals|i\.e\.)|[(~≈])"
    r"\s{0,3}[(~≈]?\s{0,3}$",
    re.IGNORECASE,
)
_ANOTHER = re.compile(r"\s{0,3}(?:each|ea)?\s{0,3}(?:[/(,;]|or\b)", re.IGNORECASE)
_BUNDLE = re.compile(r"(?<![\w$£€.,])\d{1,3}\s?(?:for|für|pour)\s{0,3}$", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Said:
    """An amount and the part it plays in its text."""

    amount: Amount
    role: Role


@lru_cache(256)  # of a title it is asked for the price, and again for what remains without it
def said_in(text: str) -> tuple[Said, ...]:
    """The amounts of a text with their roles, in order."""
    found = list(amounts(text))
    return tuple(
        Said(amount, role_of(text, amount, previous))
        for amount, previous in zip(found, [None, *found], strict=False)
    )


def role_of(text: str, amount: Amount, previous: Amount | None) -> Role:
    """Tell what an amount is by the words next to it.

    Args:
        text: Where it stands.
        amount: The amount.
        previous: The one before it in the text.

    >>> title = "$5 off $25 spend, was $40, now $20 + $5 shipping"
    >>> [str(said.role) for said in said_in(title)]
    ['saving', 'threshold', 'list', 'price', 'shipping']
    """
    before = text[max(0, amount.start - REACH_CHARS) : amount.start]
    after = text[amount.end : amount.end + REACH_CHARS]
    between = "" if previous is None else text[previous.end : amount.start]
    if _BUNDLE.search(before):
        # "£2.75 / 3 for £6": one is on offer, and more are another offer.
        return Role.ALTERNATIVE if _ANOTHER.match(between) else Role.PRICE
    if previous is not None and previous.value < amount.value and _FACE.fullmatch(between):
        return Role.LIST
    for role, pattern in _AFTER:
        if pattern.match(after):
            return role
    for role, pattern in _BEFORE:
        if pattern.search(before):
            return role
    if _PLUS.match(after):
        return Role.FROM
    if previous is not None:
        if _RANGE.fullmatch(between):
            return Role.RANGE
        if _ALTERNATIVE.search(before):
            return Role.ALTERNATIVE
    return Role.PRICE
