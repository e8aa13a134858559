"""What keeps variants of one product apart: capacity, volume, weight, length, pack, ink."""

import re

_UNITS = {
    "ct": r"packs?|pk|ct|counts?|pcs?|pieces?|stück|er-?pack|er-?set",
    "tb": "tb", "gb": "gb", "ml": "ml", "cl": "cl", "l": r"l|lit(?:er|re)s?", "kg": "kg", "g": "g",
    "oz": r"fl\.? ?oz|oz|ounces?", "lb": "lbs?|pounds?", "ft": "ft|feet|foot",
}  # fmt: skip
_MEASURED = re.compile(
    r"(?<![\w.,/-])(?P<number>\d{1,6}(?:[.,]\d{1,3})?)[\s-]?(?:"
    + "|".join(f"(?P<{name}>{pattern})" for name, pattern in _UNITS.items())
    + r")\b(?!/s|-s\b|ps\b)(?P<of>\s(?:of|with)\b)?"
)
_PACKED = re.compile(
    r"\b(?:packs? of|set of|lot of|case of)\s?(?P<count>\d{1,4})\b"
    r"|(?:^|\()\s{0,3}(?P<times>\d{1,3})\s?x(?=\s?[a-z])|(?P<word>\b(?:twin|double|triple)[\s-]pack)",
)
_WORDS = {"twin": "2ct", "double": "2ct", "triple": "3ct"}
# Ink of another colour is another product, and one number names a family: "CLI-226".
_INK = re.compile(r"\b(?:ink|inkjet|toner|cartridges?|ribbon|tinte|druckerpatronen?)\b")
_COLOUR = re.compile(
    r"\b(?:(?:(?:light|photo|matte)\s)?(?:black|cyan|magenta|gr[ae]y)|yellow|tri-?colou?r|red"
    r"|blue|green|schwarz|gelb)\b"
)
_BUNDLE = re.compile(r"\bbundles?\b|\bkit with\b|\bbündel\b")


def measures_of(title: str) -> list[str]:
    """Amounts of a title in one spelling, in its order.

    >>> measures_of("SanDisk 128 GB card, pack of 2, 6-Feet lead")
    ['128gb', '6ft', '2ct']
    """
    text = title.casefold()
    found = []
    for match in _MEASURED.finditer(text):
        unit = next(name for name in _UNITS if match[name])
        number = match["number"].replace(",", ".")
        number = number.rstrip("0").rstrip(".") if "." in number else number
        found.append(f"{number}{unit}")
    for match in _PACKED.finditer(text):
        number = match["count"] or match["times"]
        found.append(f"{int(number)}ct" if number else _WORDS[re.split(r"[\s-]", match["word"])[0]])
    return found


def variant_of(title: str) -> list[str]:
    """What keeps variants of a product apart, in one spelling and one order.

    A colour counts where it is an ink; elsewhere colours of a product are one product.

    >>> variant_of("Samsung 990 PRO 4 TB (2-Pack)"), variant_of("Canon CLI-226 Cyan Ink")
    (['2ct', '4tb'], ['cyan'])
    """
    text = title.casefold()
    found = {measure for measure in measures_of(title) if measure != "1ct"}
    if _INK.search(text):
        found |= {match[0].replace("gray", "grey") for match in _COLOUR.finditer(text)}
    if _BUNDLE.search(text):
        found.add("bundle")
    return sorted(found)


def without_measures(title: str) -> str:
    """The title, case-folded, without the amounts that `measures_of` names."""
    return _PACKED.sub(" ", _MEASURED.sub(" ", title.casefold()))
