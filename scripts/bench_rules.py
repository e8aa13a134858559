"""`python -m scripts.bench_rules`: what many rules cost a deal, on this machine.

Rules of the kinds that people set, nested ones with policies among them, against deals whose names
are as popular as those of the rules. Exit code 1 where to match a deal costs more than --limit-us.
"""

import argparse
import json
import sys
import time
from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd

from udfs.alerting.hits import HIT_COLUMNS, hits
from udfs.alerting.matching import RuleBook
from udfs.alerting.rules import Rule

BRANDS = [f"brand{n}" for n in range(400)]
SHOPS = [f"shop{n}" for n in range(60)]
KINDS = [f"kind{n}" for n in range(80)]
TERMS = [f"term{n}" for n in range(3_000)]
PRODUCTS = 50_000
NOON_MS = 1_795_867_200_000  # 2026-11-28


def popular(rng: np.random.Generator, values: list[str]) -> str:
    """One of them; the first ones are asked for most."""
    return values[min(int(rng.zipf(1.3)) - 1, len(values) - 1)]


def many_rules(count: int, rng: np.random.Generator) -> list[Rule]:
    """Rules of the kinds people set, as many of each kind."""
    kinds = (
        lambda: {"words": [popular(rng, TERMS), TERMS[rng.integers(3_000)]], "max_price_usd": 300},
        lambda: {"brands": [popular(rng, BRANDS)], "min_discount_ratio": 0.5},
        lambda: {"product_keys": [f"product{rng.integers(PRODUCTS)}"], "target_price_usd": 200},
        lambda: {
            "categories": [popular(rng, KINDS)],
            "excluded_merchants": [popular(rng, SHOPS)],
            "min_discount_usd": int(rng.integers(80, 300)),
        },
        lambda: {
            "all": [
                {
                    "any": [
                        {"brands": [popular(rng, BRANDS)]},
                        {"words": [TERMS[rng.integers(3_000)]]},
                    ]
                },
                {"not": {"merchants": [popular(rng, SHOPS)]}},
                {
                    "conditions": ["new"],
                    "max_price_usd": int(rng.integers(20, 200)),
                    "min_discount_ratio": 0.5,
                },
            ]
        },
        lambda: {
            "min_discount_ratio": float(rng.uniform(0.6, 0.9)),
            "min_discount_usd": 50,
            "low_of_days": 90,
        },
    )
    policies: tuple[dict[str, Any] | None, ...] = (
        None,
        {"quiet_hours": "22:00-07:00", "time_zone": "Europe/Berlin", "daily_cap": 5},
        {"digest": {"best": 5}},
    )
    return [
        Rule.from_record(
            {
                "rule_id": f"r{number:05}",
                "any_of": [],
                "updated_at": 0,
                "condition_json": json.dumps(kinds[number % len(kinds)]()),
                "policy": policies[number // len(kinds) % len(policies)],
            }
        )
        for number in range(count)
    ]


def many_deals(count: int, rng: np.random.Generator) -> pd.DataFrame:
    """Evaluated deals with HIT_COLUMNS."""
    prices = np.round(rng.lognormal(4, 1, count), 2)
    columns: dict[str, Any] = {
        "title": [" ".join(popular(rng, TERMS) for _ in range(10)) for _ in range(count)],
        "product_key": [f"product{rng.integers(PRODUCTS)}" for _ in range(count)],
        "merchant": [popular(rng, SHOPS) for _ in range(count)],
        "brand": [popular(rng, BRANDS) for _ in range(count)],
        "category": [popular(rng, KINDS) for _ in range(count)],
        "condition": ["new"] * count,
        "verdict": ["bargain"] * count,
        "is_expired": [False] * count,
        "price_usd": prices,
        "discount_usd": np.round(rng.normal(5, 40, count), 2),
        "discount_ratio": rng.normal(0.05, 0.2, count),
        "fair_usd_p10": prices,
        "all_time_low": prices,
        "days_observed": rng.integers(1, 90, count),
        "temperature": rng.integers(-5, 200, count),
        "deal_score": rng.uniform(0, 1, count),
        "unit_price_usd": prices,
        "previous_price": prices * 1.2,
        "low_7d": prices,
        "low_30d": prices,
        "low_90d": prices * rng.uniform(0.8, 1.1, count),
        "observed_at": NOON_MS + rng.integers(0, 86_400_000, count),
    }
    return pd.DataFrame({name: columns[name] for name in HIT_COLUMNS})


def measure(book: RuleBook, deals: pd.DataFrame, rounds: int) -> tuple[float, float, float]:
    """The best of some rounds, in time of this process: other work on the machine is not its cost.

    Returns:
        Microseconds to match a deal, those of a hit (its id and what its policy says), and hits a
        deal.
    """
    match_us, all_us, found = float("inf"), float("inf"), 0
    for _ in range(rounds):
        begun_s = time.process_time()
        book.match(deals)
        matched_s = time.process_time()
        found = sum(map(len, hits(book, deals)))
        all_us = min(all_us, (time.process_time() - matched_s) * 1e6 / len(deals))
        match_us = min(match_us, (matched_s - begun_s) * 1e6 / len(deals))
    hits_a_deal = found / len(deals)
    return match_us, (all_us - match_us) / max(hits_a_deal, 1e-9), hits_a_deal


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure; returns the exit code."""
    bench = argparse.ArgumentParser(prog="python -m scripts.bench_rules", description=__doc__)
    bench.add_argument("--rules", type=int, default=10_000, metavar="N", help="(%(default)s)")
    bench.add_argument("--deals", type=int, default=1_000, metavar="N", help="(%(default)s)")
    bench.add_argument("--rounds", type=int, default=7, metavar="N", help="(%(default)s)")
    bench.add_argument("--limit-us", type=float, default=100.0, metavar="US", help="(%(default)g)")
    options = bench.parse_args(arguments)
    rng = np.random.default_rng(7)
    rules = many_rules(options.rules, rng)
    begun_s = time.perf_counter()
    book = RuleBook(rules)
    build_ms = (time.perf_counter() - begun_s) * 1e3
    match_us, hit_us, found = measure(book, many_deals(options.deals, rng), options.rounds)
    print(
        f"{options.rules} rules, filed in {build_ms:.0f} ms: {match_us:.0f} us a deal, and "
        f"{hit_us:.0f} us a hit, of which a deal has {found:.1f}"
    )
    return int(match_us > options.limit_us)


if __name__ == "__main__":
    sys.exit(main())
