"""What the jobs had seen when a savepoint was taken, and where they saw it.

All savepoints are of these records, so this file changes only together with a new folder beside it.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from local.build import build
from local.jobs import Jobs
from local.ports import Ports, free_port
from local.progress import Progress
from local.stack import Stack
from scripts import rules
from scripts.bootstrap import bootstrap
from scripts.connection import Connection
from scripts.rule_files import WrittenRule
from tests.application import raw_deal

FOLDER = Path(__file__).resolve().parent
RULE = WrittenRule.model_validate(
    {"rule_id": "kettles", "name": "Kettles", "any_of": [{"words": ["kettle"]}]}
)
DAYS = 14
LAST_DAY = DAYS - 1
LOW_DAY, HIGH_DAY = 5, 9
# Deals of the last day's hour: the lamp's and the kettle's.
LAST_HOUR = 2
SETTINGS = {
    # Days of event time pass within seconds: nothing is too late, and windows close soon.
    "Windows": {"lateness.hours": str(400 * 24), "idle.s": "5"},
    "LocalFlink": {"checkpoint.interval.s": "2"},
}


def lamp(day: float, price: str, **changes: Any) -> dict[str, Any]:
    """A look at the lamp."""
    return _offer("Acme Lamp L100", day, price) | changes


def kettle(day: float, price: str, **changes: Any) -> dict[str, Any]:
    """A look at the kettle, which people are told of."""
    return _offer("Borealis Kettle K200", day, price) | changes


def deals() -> Iterator[dict[str, Any]]:
    """Two products on 14 days, each look twice; of every third day an item without a price."""
    for day in range(DAYS):
        price = {LOW_DAY: "18", HIGH_DAY: "25"}.get(day, "20")
        for look in (lamp(day, price), kettle(day, f"{60 - day}")):
            yield look
            yield look
        if day % 3 == 0:
            yield raw_deal(title="Sale on everything", item_id=f"sale-{day}", day=float(day))


def _offer(title: str, day: float, price: str) -> dict[str, Any]:
    link = f"https://deals.example.com/{title.replace(' ', '-').lower()}"
    return raw_deal(title=f"{title} ${price}", item_id=f"{link} {day}", link=link, day=float(day))


@contextmanager
def stopped_jobs(home: Path) -> Iterator[Jobs]:
    """All jobs, not yet running, on a stack of their own whose only record is the rule."""
    build(Progress())
    stack = Stack(home / "stack", Ports.free())
    own = SETTINGS["LocalFlink"] | {"rest.port": str(free_port())}
    jobs = Jobs(home / "jobs", stack, SETTINGS | {"LocalFlink": own})
    try:
        stack.up()
        connection = Connection.to(stack.endpoints())
        bootstrap(connection, partitions=1, tell=lambda _: None)
        rules.add(connection, [RULE])
        yield jobs
    finally:
        jobs.application().stop()
        stack.down()
