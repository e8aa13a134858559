"""Makes policy_vectors.json: decisions that the JVM's state function must make like `RuleMemory`.

`REGENERATE=1 pytest tests/udfs/alerting/test_memory.py` rewrites the file.
"""

import random
from pathlib import Path
from typing import Any

from udfs.alerting.memory import DAY_MS, Held, RuleMemory
from udfs.alerting.policy import Digest, Policy, terms

FILE = Path(__file__).with_name("policy_vectors.json")
START_MS = 1_780_000_000_000
POLICIES = (
    Policy(),
    Policy(daily_cap=2, time_zone="Asia/Kolkata"),
    Policy(cool_down_minutes=1_440, again_if_cheaper_by=0.05),
    Policy(quiet_hours="22:00-07:00", time_zone="America/New_York", daily_cap=3),
    Policy(digest=Digest(every_hours=12, best=2), quiet_hours="19:00-09:00"),
    Policy(digest=Digest(every_hours=24, best=3), again_if_cheaper_by=0.1),
)


def vectors() -> list[dict[str, Any]]:
    """Histories of a rule each: matches in their order, with what was decided of each."""
    chance = random.Random(20_261_128)
    histories = []
    for number in range(24):
        policy = POLICIES[number % len(POLICIES)]
        memory = RuleMemory(memory_days=5)
        steps = []
        for _ in range(25):
            at_ms = START_MS + round(chance.uniform(0, 8) * DAY_MS)
            product = chance.choice(("tv", "lampe é", "pc", "mug", "x" * 40))
            price = chance.choice(
                (0, 950_000, 990_000, 1_000_000, 10**18 - 1, chance.randrange(10**6))
            )
            of_it = terms("rule", policy, at_ms, chance.choice((0.0, 0.5, 0.5, chance.random())))
            decision = memory.decide(product, price, at_ms, of_it)
            steps.append(
                {
                    "product_key": product,
                    "price": price,
                    "at_ms": at_ms,
                    "terms": of_it.text(),
                    "held": decision if isinstance(decision, Held) else None,
                    "rank": 0 if isinstance(decision, Held) else decision,
                }
            )
        histories.append({"memory_days": 5, "steps": steps})
    return histories
