"""One spelling for the address of an offer, whoever links to it."""

import re
from functools import lru_cache
from urllib.parse import parse_qsl, unquote, urlsplit, urlunsplit

from tldextract import TLDExtract
from url_normalize import url_normalize
from w3lib.url import url_query_cleaner

MAX_URL_CHARS = 2_000
# The bundled list of public suffixes: nothing is fetched, nothing is cached on disk.
_SUFFIXES = TLDExtract(suffix_list_urls=(), cache_dir=None)

# Parameters that say who sent the visitor, not what is on the page.
TRACKING = frozenset(
    """
    tag linkcode linkid ascsubtag ref ref_ psc th smid creative creativeasin camp aff aff_id affid
    affiliate affiliates_ad_id affp1 afid afsrc clickid clkid irclickid irgwc gclid gclsrc fbclid
    msclkid dclid yclid twclid ttclid mc_cid mc_eid cm_mmc cm_sp mkevt mkcid mkrid campid toolid
    customid wmlspartner athbdg sourceid veh adid jumpid kw iref nm_mc loc src source sid subid
    sub_id sharedid u1 cjevent cjdata awc awin ranmid raneaid ransiteid siteid pid cid icid ncid
    acampid mpid spm scm trk trkid lsft igshid si feature share pf_rd_p pf_rd_r pd_rd_r pd_rd_w
    pd_rd_wg content-id dib dib_tag keywords qid sr crid sprefix intcmp intcid cmpid ocid
    """.split()
)
_TRACKING_PREFIXES = ("utm_", "pk_", "mtm_", "hsa_", "vero_", "_hs", "at_")
# Paths that name a product by themselves; the rest of the address says nothing more.
_PRODUCT_PATHS = (
    re.compile(r"/(?:dp|gp/product|gp/aw/d|exec/obidos/ASIN|d)/(?P<id>[A-Z0-9]{10})(?=[/?]|$)"),
    re.compile(r"/itm/(?:[^/]{1,200}/)?(?P<id>\d{9,14})(?=[/?]|$)"),
    re.compile(r"/ip/(?:[^/]{1,200}/)?(?P<id>\d{5,14})(?=[/?]|$)"),
)
_PRODUCT_FORMS = ("/dp/{}", "/itm/{}", "/ip/{}")
_PRODUCT_HOSTS = ("amazon", "ebay", "walmart")

# Addresses that url_normalize leaves as they are (a test holds it to that); it is slow.
_NORMAL = re.compile(
    r"https?://(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.){1,8}[a-z]{2,18}"
    r"(?:/[\w~+:@-][\w.~+:@-]*){1,30}/?(?:\?[\w.~-]+=[\w.~-]*(?:&[\w.~-]+=[\w.~-]*){0,40})?",
    re.ASCII,
)

COMMUNITIES = frozenset(
    """
    slickdeals hotukdeals mydealz dealnews ozbargain pepper dealabs chollometro preisjaeger
    promodescuentos redflagdeals feedburner feedproxy reddit bargainbunny nl.pepper pelando
    """.split()
)


@lru_cache(maxsize=20_000)
def canonical(link: str) -> str | None:
    """The address without tracking, fragment, user name, default port and "www.".

    Args:
        link: As a feed gives it.

    Returns:
        An http(s) address, or None if the link is none.

    >>> canonical("HTTPS://www.Shop.example:443/a//b?utm_source=x&size=9&ref=rss#top")
    'https://shop.example/a/b?size=9'
    """
    link = link.strip()
    if not re.match(r"https?://", link, re.IGNORECASE) or len(link) > MAX_URL_CHARS:
        return None
    try:
        parts = urlsplit(link if _NORMAL.fullmatch(link) else url_normalize(link) or "")
        host = (parts.hostname or "").removeprefix("www.").rstrip(".")
        port = "" if parts.port in (None, 80, 443) else f":{parts.port}"
    except (ValueError, UnicodeError):
        return None
    if "." not in host or any(mark in host for mark in " <>\"'\\"):
        return None
    if product := _product(host, parts.path):
        return f"https://{host}{port}{product}"
    names = [name for name, _ in parse_qsl(parts.query, keep_blank_values=True)]
    noise = [n for n in names if n.lower() in TRACKING or n.lower().startswith(_TRACKING_PREFIXES)]
    path = re.sub(r"/{2,}", "/", parts.path)
    address = urlunsplit((parts.scheme.lower(), f"{host}{port}", path, parts.query, ""))
    if noise:
        address = url_query_cleaner(address, noise, remove=True)
    return address.rstrip("?&")


def _product(host: str, path: str) -> str | None:
    shop = domain_name(host)
    for name, pattern, form in zip(_PRODUCT_HOSTS, _PRODUCT_PATHS, _PRODUCT_FORMS, strict=True):
        if shop == name and (found := pattern.search(path)):
            return form.format(found["id"])
    return None


def embedded(link: str) -> str | None:
    """The shop's address that a click counter's link carries, if it carries one.

    >>> embedded("https://slickdeals.net/click?u2=https%3A%2F%2Fshop.example%2Fp%2F1")
    'https://shop.example/p/1'
    """
    if "http" not in link[8:]:
        return None
    try:
        query = urlsplit(link[:MAX_URL_CHARS]).query
    except ValueError:
        return None
    for _, value in parse_qsl(query):
        target = unquote(value) if value.lower().startswith("http%3a") else value
        if target.startswith(("http://", "https://")):
            return target
    return None


@lru_cache(maxsize=10_000)
def domain_name(host: str) -> str:
    """The registered name: "amazon" of smile.amazon.co.uk; empty if there is none."""
    return _SUFFIXES(host).domain.lower()


def host_of(url: str) -> str:
    """Host of an address; empty if there is none."""
    try:
        return urlsplit(url).hostname or ""
    except ValueError:
        return ""


def is_community(url: str) -> bool:
    """Whether the address is a page about the offer rather than the shop's own."""
    return domain_name(host_of(url)) in COMMUNITIES
