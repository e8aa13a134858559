"""The peers of the benchmark remember in Python what price_history remembers in the JVM."""

import random
from dataclasses import asdict
from decimal import Decimal

import pytest

from scripts.bench.price_memory import observe
from scripts.bench.product_state import DAY_MS, ProductState
from tests.udfs.java.test_jvm_module import HISTORY, START_MS

pytestmark = pytest.mark.flink

UNITS_PER_USD = 10_000


def offers(seed, count, products):
    """Looks at offers with glitches, re-posts, several shops, late and very late ones."""
    chance = random.Random(seed)
    usual = [chance.randint(50_000, 5_000_000) for _ in range(products)]
    day = 0.0
    rows = []
    for _ in range(count):
        day += chance.expovariate(count / 260)  # so that days leave the horizon
        product = chance.randrange(products)
        late_days = chance.choice([0, 0, 0, 0.01, 0.3, 3, 40, 120])
        price = int(usual[product] * chance.choice([1, 1, 1, 1, 0.8, 0.95, 1.3, 0.45, 0.08]))
        price = max(0, price + chance.choice([0, 0, 0, 1, 99]))
        shop = chance.choice([None, "amazon", "walmart", *(f"shop{n}" for n in range(20))])
        rows.append(
            {
                "title": "t",
                "deal_id": f"d{product}-{chance.randrange(3)}",
                "product_key": f"p{product}",
                "source": chance.choice(["pepper", "slickdeals"]),
                "merchant": shop,
                "price": price,
                "observed_at": START_MS + int(max(0.0, day - late_days) * DAY_MS),
            }
        )
    return rows


def in_python(rows):
    states = {}
    said = []
    for row in rows:
        # As a store would keep it.
        state = ProductState.of_lists(states.get(row["product_key"], ProductState().as_lists()))
        answer = observe(
            state,
            row["deal_id"],
            row["source"],
            row["merchant"],
            row["price"],
            row["observed_at"],
        )
        states[row["product_key"]] = state.as_lists()
        if answer is not None:
            said.append({"product_key": row["product_key"]} | asdict(answer))
    return said


@pytest.mark.parametrize("seed", [1, 2])
def test_python_and_the_jvm_say_the_same_of_every_observation(ask, seed):
    rows = offers(seed, 3_000, 12)
    ask(
        "observe",
        observations=[
            {name: value for name, value in row.items() if name != "price"}
            | {"price_usd": f"{Decimal(row['price']) / UNITS_PER_USD:f}"}
            for row in rows
        ],
    )
    expected = in_python(rows)
    columns = expected[0].keys()
    found = [
        {
            name: round(Decimal(str(row[name])) * UNITS_PER_USD)
            if row[name] is not None
            and name.startswith(("previous", "low_", "typical", "all_"))
            and name != "all_time_low_at"
            else row[name]
            for name in columns
        }
        for row in ask("query", sql=HISTORY.format(table="parsed"))
    ]
    assert len(found) == len(expected)
    assert len(found) < len(rows)
    assert any(row["is_held"] for row in expected)
    for at, (one, other) in enumerate(zip(found, expected, strict=True)):
        assert one == other, at
