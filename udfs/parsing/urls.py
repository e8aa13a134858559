"""One spelling for the address of an offer, whoever links to it."""

import re
from functools import lru_cache
from urllib.parse import parse_qsl, unquote, urlsplit

from tldextract import TLDExtract
from url_normalize import url_normalize

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
    sub_id sharedid u1 cjevent cjdata awc awin ranmid raneaid ransiteid siteid cid icid ncid
    acampid mpid spm scm trk trkid lsft igshid si feature share pf_rd_p pf_rd_r pd_rd_r pd_rd_w
    pd_rd_wg content-id dib dib_tag qid sr crid sprefix intcmp intcid cmpid ocid
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

COMMUNITIES = frozenset(
    """
    slickdeals hotukdeals mydealz dealnews ozbargain pepper dealabs chollometro preisjaeger
    promodescuentos redflagdeals feedburner feedproxy reddit bargainbunny nl.pepper pelando
    """.split()
)

_SCHEME = re.compile(r"https?://", re.IGNORECASE)
_LABEL = r"[a-z0-9_](?:[a-z0-9_-]{0,62})"
# An address that url-normalize would leave as it is.
_NORMAL = re.compile(
    rf"(?P<scheme>https?)://(?P<host>{_LABEL}(?:\.{_LABEL}){{1,10}})\.?(?P<port>:\d{{1,5}})?"
    r"(?P<path>/[\w.~!$'()*+,;=:@%/-]*)?(?:\?(?P<query>[\w.~!$'()*+,;=:@%/?&\[\]-]*))?",
    re.ASCII,
)
# What url-normalize may spell in another way.
_UNSURE = re.compile(r"%|/\.|#")
_USER = re.compile(r"//[^/?#@]{0,200}@")
_SLASHES = re.compile(r"/{2,}")


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
    if len(link) > MAX_URL_CHARS or not _SCHEME.match(link):
        return None
    normal = None if _UNSURE.search(link) else _NORMAL.fullmatch(link)
    if normal is None:
        try:
            # Costs ten times the pattern; most links need none of it.
            whole = url_normalize(_USER.sub("//", link, count=1)) or ""
            normal = _NORMAL.fullmatch(whole.partition("#")[0])
        except (ValueError, UnicodeError):
            return None
    if normal is None:
        return None
    host, port = normal["host"].removeprefix("www."), normal["port"] or ""
    if port in (":80", ":443"):
        port = ""
    path = _SLASHES.sub("/", normal["path"] or "/")
    if product := _product(host, path):
        return f"https://{host}{port}{product}"
    kept = sorted({part for part in (normal["query"] or "").split("&") if not _is_noise(part)})
    query = f"?{'&'.join(kept)}" if kept else ""
    return f"{normal['scheme']}://{host}{port}{path}{query}"


def _is_noise(parameter: str) -> bool:
    name = parameter.partition("=")[0].lower()
    return not name or name in TRACKING or name.startswith(_TRACKING_PREFIXES)


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
    if "?" not in link:
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


@lru_cache(64)  # of a link it is asked several times in a row
def host_of(url: str) -> str:
    """Host of an address; empty if there is none."""
    try:
        return urlsplit(url).hostname or ""
    except ValueError:
        return ""


def is_community(url: str) -> bool:
    """Whether the address is a page about the offer rather than the shop's own."""
    return domain_name(host_of(url)) in COMMUNITIES
