"""How many like items the price of an offer is for, as its title says."""

import re
from functools import lru_cache

# Beyond it the number is a model number or a joke, not a pack.
MAX_UNITS = 10_000
_NUMBER = r"(?<![\w.,$€£-])(\d{1,5})"
# A "5-piece set" is five different things, so pieces are no units; nor are cores, ports, sheets.
_PACK = re.compile(
    rf"{_NUMBER}[ -]?(?:pack|packs|pk|pck)\b|\b(?:pack|case|set|box|lot) of (\d{{1,5}})\b",
    re.IGNORECASE,
)
_COUNT = re.compile(rf"{_NUMBER}[ -]?(?:count|counts|ct|pcs|cans|bottles|rolls|pods|capsules)\b",
                    re.IGNORECASE)  # fmt: skip
_TIMES = re.compile(
    rf"{_NUMBER} ?[x\u00d7] ?(?=\d+(?:\.\d+)? ?(?:ml|l|g|kg|oz|fl)\b)", re.IGNORECASE
)
# What every match has: most titles have none of it, and one look is cheaper than three.
_HINT = re.compile(
    r"\d[ -]?(?:pack|pk|pck|count|ct|pcs|cans|bottles|rolls|pods|capsules|[x\u00d7])| of \d",
    re.IGNORECASE,
)
_READ = 1_000  # characters of a title; what follows is no title


def unit_count(title: str | None) -> int | None:
    """Like items in the pack, 2..MAX_UNITS; None where the title names none.

    A pack of counted items counts them all.

    >>> unit_count("Duracell AA Batteries, 24 Count (Pack of 2)"), unit_count("Sony TV")
    (48, None)
    """
    if not title:
        return None
    return _counted(title[:_READ])


@lru_cache(20_000)  # offers come again, with the same title
def _counted(text: str) -> int | None:
    if not _HINT.search(text):
        return None
    count = 1
    for pattern in (_PACK, _COUNT, _TIMES):
        if found := pattern.search(text):
            count *= int(next(group for group in found.groups() if group))
            if pattern is _COUNT:  # "24 count, 24 x 330 ml" says the same twice
                break
    return count if 2 <= count <= MAX_UNITS else None
