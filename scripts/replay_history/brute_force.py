"""What price_history should say, computed from all prices of a product, by its definitions alone.

For files with one price a product and day; of several looks a day the JVM module's tests know more.
"""

import itertools
from collections.abc import Sequence

from scripts.replay_history.prices import DAY_MS, DailyPrice

HORIZON_DAYS = 90
Answer = dict[str, int | bool | None]


def answers(prices: Sequence[DailyPrice]) -> list[Answer]:
    """What is to be said of each price.

    Args:
        prices: Of one product, in the order of their days, one a day.

    Returns:
        The columns of price_history; money in 1/10000 USD, times in epoch milliseconds.
    """
    return [_answer(prices[: count + 1]) for count in range(len(prices))]


def _answer(known: Sequence[DailyPrice]) -> Answer:
    newest = known[-1]
    day = newest.day
    usual = sorted(each.price for each in known[:-1] if each.day >= day - HORIZON_DAYS)
    counting = [each for each in known if _counts(each, known, usual)]
    is_held = newest not in counting
    before = [each for each in counting if each.day < day]
    low = min((each.price for each in counting), default=None)
    return {
        "previous_price_usd": before[-1].price if before else None,
        **{f"low_{days}d": _low(counting, day, days) for days in (7, 30, 90)},
        "all_time_low": low,
        "all_time_low_at": max(
            (each.day * DAY_MS for each in counting if each.price == low), default=None
        ),
        "all_time_high": max(each.price for each in known),
        **{f"typical_{days}d": _median(before, day - days) for days in (7, 30, 90)},
        "last_change_at": _last_change(counting, day),
        "days_observed": len(known),
        "observations": len(known),
        "shops_observed": 1,
        "is_held": is_held,
        "is_repeated": _is_confirmed(
            newest, [each for each in known if each.day >= day - HORIZON_DAYS]
        ),
    }


def _counts(each: DailyPrice, known: Sequence[DailyPrice], usual: Sequence[int]) -> bool:
    """Whether it is no extreme price, or a confirmed one is at or under it."""
    if not usual or each.price * 10 >= usual[len(usual) // 2]:
        return True
    return any(other.price <= each.price and _is_confirmed(other, known) for other in known)


def _is_confirmed(each: DailyPrice, known: Sequence[DailyPrice]) -> bool:
    """Whether another day had a price within a quarter of it."""
    return any(
        max(each.price, other.price) * 4 <= min(each.price, other.price) * 5
        for other in known
        if other.day != each.day
    )


def _low(counting: Sequence[DailyPrice], day: int, days: int) -> int | None:
    return min((each.price for each in counting if each.day > day - days), default=None)


def _median(before: Sequence[DailyPrice], from_day: int) -> int | None:
    prices = sorted(each.price for each in before if each.day >= from_day)
    if not prices:
        return None
    half = len(prices) // 2
    return prices[half] if len(prices) % 2 else (prices[half - 1] + prices[half] + 1) // 2


def _last_change(counting: Sequence[DailyPrice], day: int) -> int | None:
    recent = [each for each in counting if each.day >= day - HORIZON_DAYS]
    changes = [
        new.day * DAY_MS for old, new in itertools.pairwise(recent) if old.price != new.price
    ]
    return changes[-1] if changes else None
