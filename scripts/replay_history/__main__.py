"""`python -m scripts.replay_history --history FILE`: replay daily prices, compare with brute force.

Each price goes as one observation through price_history in a Flink of its own, all products mixed,
day by day. What it says is compared, column by column, with a computation over the whole file.
"""

import argparse
import json
import sys
import tempfile
import time
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from local.build import APPLICATION_JAR, STEPS, build
from local.progress import PlainProgress
from scripts.replay_history.brute_force import Answer, answers
from scripts.replay_history.prices import DailyPrice, day_text, read_prices
from scripts.replay_history.stream import replay

SHOWN = 10


@dataclass
class Comparison:
    """What was compared, and what differed.

    Attributes:
        products, prices: How many were compared.
        held: Prices held as suspect.
        differences: (price, column, said, computed); column None where nothing was said.
    """

    products: int = 0
    prices: int = 0
    held: int = 0
    differences: list[tuple[DailyPrice, str | None, object, object]] = field(default_factory=list)


def compare(prices: Iterable[DailyPrice], said: Iterable[tuple[DailyPrice, Answer]]) -> Comparison:
    """Hold what was said of each price against brute force."""
    heard = Counter[DailyPrice]()
    spoken: dict[DailyPrice, Answer] = {}
    for price, answer in said:
        heard[price] += 1
        spoken[price] = answer
    products = defaultdict(list)
    for price in prices:
        products[price.product_id].append(price)
    result = Comparison(products=len(products))
    for history in products.values():
        history.sort()
        for price, computed in zip(history, answers(history), strict=True):
            result.prices += 1
            result.held += computed["is_held"] is True
            answer = spoken.get(price, {})
            if heard.pop(price, 0) != 1:
                result.differences.append((price, None, None, None))
            result.differences += [
                (price, name, answer[name], computed[name])
                for name in computed.keys() & answer.keys()
                if answer[name] != computed[name]
            ]
            if answer and answer.keys() != computed.keys():
                result.differences.append((price, None, sorted(answer), sorted(computed)))
    result.differences += [(price, None, None, None) for price in heard]
    return result


def _told(differences: Sequence[tuple[DailyPrice, str | None, object, object]]) -> Iterator[str]:
    for price, column, said, computed in differences[:SHOWN]:
        where = f"{price.product_id} on {day_text(price.day)}"
        yield f"{where}: {column or 'not told once'}: said {said}, computed {computed}"
    if len(differences) > SHOWN:
        yield f"and {len(differences) - SHOWN} more"


def main(arguments: Sequence[str] | None = None) -> int:
    """Replay and compare; 1 if anything differs."""
    parser = argparse.ArgumentParser(prog="python -m scripts.replay_history", description=__doc__)
    parser.add_argument(
        "--history", type=Path, required=True, help="CSV, perhaps .gz: product_id, date, prices"
    )
    parser.add_argument("--column", default="price_median", help="the price to replay")
    options = parser.parse_args(arguments)
    prices = sorted(read_prices(options.history, options.column))
    build(PlainProgress(sys.stderr), [step for step in STEPS if step.output == APPLICATION_JAR])
    began_s = time.monotonic()
    with tempfile.TemporaryDirectory() as folder:
        result = compare(prices, replay(prices, APPLICATION_JAR, Path(folder)))
    for line in _told(result.differences):
        sys.stderr.write(f"{line}\n")
    figures = {
        "products": result.products,
        "prices": result.prices,
        "held": result.held,
        "differences": len(result.differences),
        "seconds": round(time.monotonic() - began_s, 1),
    }
    sys.stdout.write(json.dumps(figures) + "\n")
    return 1 if result.differences else 0


if __name__ == "__main__":
    sys.exit(main())
