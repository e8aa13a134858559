"""`python -m scripts.search WORDS`: find deals in OpenSearch by words and by meaning.

    python -m scripts.search "noise cancelling headphones" --max-price 200 --verdict bargain

Without --url it asks the OpenSearch of the running local stack.
"""

import argparse
import json
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from opensearchpy import OpenSearch
from opensearchpy.exceptions import OpenSearchException
from rich.console import Console
from rich.table import Table
from rich.text import Text

from scripts.connection import ToolError, local_endpoints, reports_errors
from scripts.tail import printable
from udfs.indexing.client import client_for
from udfs.searching.embedder import TitleEmbedder
from udfs.searching.hybrid import filters_of, fused, meaning_body, words_body

EMBEDDER = Path(__file__).parents[1] / "models" / "title-embedder-v1"
VERDICTS = ("bargain", "fair", "overpriced", "suspect", "unknown")


def find(
    client: OpenSearch, index: str, words: str, filters: list[dict[str, Any]], limit: int
) -> list[dict[str, Any]]:
    """The deals that fit best, the best first.

    Raises:
        ToolError: the words say nothing.
    """
    (vector,) = TitleEmbedder.load(EMBEDDER).vectors([words])
    if vector is None:
        message = "nothing to search for: name a word"
        raise ToolError(message)
    deals: dict[str, dict[str, Any]] = {}
    rankings = []
    for body in (words_body(words, filters), meaning_body(vector, filters)):
        hits = client.search(index=index, body=body)["hits"]["hits"]
        deals |= {hit["_id"]: hit["_source"] for hit in hits}
        rankings.append([hit["_id"] for hit in hits])
    return [deals[each] for each in fused(rankings, limit)]


def show(deals: list[dict[str, Any]]) -> None:
    """A table in a terminal, plain lines in a pipe."""
    if not sys.stdout.isatty():
        for deal in deals:
            cells = (f"{deal['price_usd']:.2f}", deal["verdict"], deal["title"], deal["url"])
            print("\t".join(printable(cell) for cell in cells))
        return
    table = Table("USD", "usual or expected", "verdict", "deal", box=None)
    for deal in deals:
        fair = deal.get("fair_usd_p50")
        table.add_row(
            f"{deal['price_usd']:,.2f}",
            "-" if fair is None else f"{fair:,.0f}",
            Text(deal["verdict"], style="green" if deal["verdict"] == "bargain" else ""),
            Text(printable(deal["title"])),
        )
    Console().print(table)


def parser() -> argparse.ArgumentParser:
    """The command line's grammar."""
    search = argparse.ArgumentParser(
        prog="python -m scripts.search",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    search.add_argument("words", nargs="+", help="what it is, in any words")
    search.add_argument("--max-price", type=float, metavar="USD")
    search.add_argument("--verdict", choices=VERDICTS)
    search.add_argument("--limit", type=int, default=10, help="deals to show (%(default)s)")
    search.add_argument("--json", action="store_true", help="one JSON object a line, all fields")
    search.add_argument("--url", help="of OpenSearch, instead of the local stack's")
    search.add_argument("--index", default="deals", help="(%(default)s)")
    search.add_argument("--region", help="sign requests for this AWS region")
    search.add_argument("--home", type=Path, metavar="FOLDER", help="of the local stack")
    return search


@reports_errors
def main(arguments: Sequence[str] | None = None) -> int:
    """Search; returns the exit code, 1 where nothing was found."""
    options = parser().parse_args(arguments)
    url = options.url or local_endpoints(options.home).opensearch_url
    filters = filters_of(verdict=options.verdict, max_price_usd=options.max_price)
    client = client_for(url, region=options.region)
    begun_s = time.monotonic()
    try:
        deals = find(client, options.index, " ".join(options.words), filters, options.limit)
    except OpenSearchException as error:
        message = f"OpenSearch at {url}: {type(error).__name__}"
        raise ToolError(message) from error
    finally:
        client.close()
    if options.json:
        for deal in deals:
            print(json.dumps(deal, ensure_ascii=False))
    else:
        show(deals)
    print(f"{len(deals)} deals in {(time.monotonic() - begun_s) * 1000:,.0f} ms", file=sys.stderr)
    return 0 if deals else 1


if __name__ == "__main__":
    sys.exit(main())
