"""What an amount is: the price, or one of the many other sums that titles of deals are full of."""

import re
from enum import StrEnum

from udfs.parsing.amounts import Amount


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
    (role, re.compile(rf"(?:{pattern})[\s:~(]*$", re.IGNORECASE))
    for role, pattern in (
        (Role.LIST, r"\bwas|\bwere|\blist(?:ed)?(?: price)?(?: of| at)?|\bmsrp(?: of)?|\breg\.?"
                    r"|\bregular(?:ly)?(?: price)?|\brrp(?: of)?|\buvp|\borig(?:inal(?:ly)?)?\.?"
                    r"(?: price)?|\bstatt|\bretails?(?: for| at)?|\bnormally|\busually|\binstead of"
                    r"|\bcompare at|\bpreviously|\bworth|\bvalued at|\bn[äa]chster preis[^.]{0,20}"
                    r"|\bdown from|\bdrops? from"),
        (Role.SAVING, r"\bsaves?|\bsavings? of|\bsaving|\bup to|\bextra|\badditional|\banother|\bby"
                      r"|\bdiscount of|\bsparen?|\bminus|\bbis zu|\bearn|\bget back|\bless"),
        (Role.FROM, r"\bfrom(?: just| only)?|\bstart(?:s|ing)?(?: at| from)|\bas low as|\bab"
                    r"|\bà partir de|\bdesde|\bvanaf|\bprices? start(?:ing)? at"),
        (Role.THRESHOLD, r"\boff (?:of |an? |your |orders? (?:over |of )?)?|\bover|\babove|\bspend"
                         r"|\bmin(?:imum)?\.?(?: spend| order)?(?: of)?|\bpurchase of"
                         r"|\borders? of|\bfree shipping w/|\bshipping (?:on|w/|with)"
                         r"(?: orders?)?(?: over| of)?|\bwhen you (?:buy|spend)|\bab einem"),
        (Role.SHIPPING, r"\b(?:shipping|delivery|postage|versand|p&p|s&h)(?: from| of| is| for)?"),
    )
)  # fmt: skip
_AFTER: tuple[tuple[Role, re.Pattern[str]], ...] = tuple(
    (role, re.compile(rf"[\s)]*(?:{pattern})", re.IGNORECASE))
    for role, pattern in (
        (Role.MONTHLY, r"[-/]?\s?(?:per|a|pro|im|each|every)?\s?[-/]?\s?(?:mo(?:nth|nat|\.|\b)|mth"
                       r"|pm\b|p/m|yr\b|year\b|jahr\b|wk\b|week\b)"),
        (Role.GIFT, r"(?:[\w'’.&+-]{1,20}\s){0,3}?(?:e-?)?(?:gift\s?cards?\b|gc\b|kohl['’]?s cash"
                    r"|rewards?\b|(?:store |in-store )?credits?\b|bonus\b|voucher\b)"),
        (Role.SAVING, r"(?:usd )?(?:off\b|discount|rabatt|savings?\b|cheaper|günstiger|less\b"
                      r"|(?:mail-in |instant )?rebate|cash\s?back|coupon\b|under\b|below\b|MIR\b)"),
        (Role.SHIPPING, r"(?:flat[- ]rate |standard )?(?:shipping|s&h|s/h|delivery\b|postage|p&p"
                        r"|versand(?!kostenfrei))"),
        (Role.THRESHOLD, r"\+?\s?(?:or more|spend\b|purchases?\b|minimum|min\b|orders?\b)"
                         r"|\+(?=\s*(?:$|[),.;]))"),
        (Role.UNIT, r"(?:/|per)\s?(?:ct|count|oz|lb|kg|g|100\s?g|l|liter|litre|ea|each|unit|piece"
                    r"|roll|sheet|load|item|pack|pair)\b"),
        (Role.LIST, r"(?:list\b|msrp|rrp|value\b|retail\b|reg\b|regular\b|elsewhere|at other)"),
    )
)  # fmt: skip
_RANGE = re.compile(r"\s*(?:-|–|—|to)\s*$", re.IGNORECASE)
_ALTERNATIVE = re.compile(
    r"(?:\bor(?: as low as)?|\babout|\baround|\bapprox\.?|\b(?:equals|i\.e\.)|[(~≈])\s*[(~≈]?\s*$",
    re.IGNORECASE,
)
_BUNDLE = re.compile(r"\b\d{1,3}\s?(?:for|für|pour)\s*$", re.IGNORECASE)


def role_of(text: str, amount: Amount, previous: Amount | None) -> Role:
    """Tell what an amount is by the words next to it.

    Args:
        text: Where it stands.
        amount: The amount.
        previous: The one before it in the text.

    >>> from udfs.parsing.amounts import amounts
    >>> title = "$5 off $25 spend, was $40, now $20 + $5 shipping"
    >>> found = list(amounts(title))
    >>> [str(role_of(title, a, b)) for a, b in zip(found, [None, *found])]
    ['saving', 'threshold', 'list', 'price', 'shipping']
    """
    before = text[max(0, amount.start - REACH_CHARS) : amount.start]
    after = text[amount.end : amount.end + REACH_CHARS]
    if _BUNDLE.search(before):
        return Role.PRICE
    for role, pattern in _AFTER:
        if pattern.match(after):
            return role
    for role, pattern in _BEFORE:
        if pattern.search(before):
            return role
    if previous is not None:
        between = text[previous.end : amount.start]
        if _RANGE.fullmatch(between):
            return Role.RANGE
        if _ALTERNATIVE.search(before):
            return Role.ALTERNATIVE
    return Role.PRICE
