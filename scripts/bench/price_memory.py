"""The price memory of price_history, once more in plain Python: what the peers remember with.

The JVM module's ProductHistory says what the rules are and why; a test holds the two to the same
answers.
"""

from bisect import bisect_left, bisect_right
from dataclasses import dataclass

from scripts.bench.product_state import (
    AT,
    DAY,
    DAY_MS,
    HORIZON_DAYS,
    LOW,
    LOW_LOOKS,
    NONE,
    PRICE,
    SECOND,
    SECOND_LOOKS,
    WAS_GONE,
    ProductState,
    add_old,
    add_shop,
    are_independent,
    are_near,
    fold,
    hash64,
    is_day_confirmed,
    is_day_gone,
    is_repeated,
    look_at,
    record_day,
    record_recent,
    repeats,
)


@dataclass(frozen=True)
class Said:
    """What the history says of an observation; money in 1/10000 USD, None = nothing."""

    previous_price_usd: int | None
    low_7d: int | None
    low_30d: int | None
    low_90d: int | None
    all_time_low: int | None
    all_time_low_at: int | None
    all_time_high: int | None
    typical_7d: int | None
    typical_30d: int | None
    typical_90d: int | None
    last_change_at: int | None
    days_observed: int
    observations: int
    shops_observed: int
    is_held: bool
    is_repeated: bool


def observe(
    state: ProductState, deal_id: str, source: str, merchant: str | None, price: int, time_ms: int
) -> Said | None:
    """Take an observation into the state; None if it is a duplicate that confirms nothing."""
    deal = hash64(deal_id)
    deal_hash = fold(deal)
    looks = look_at(deal * 37 + hash64(source), time_ms)
    day = time_ms // DAY_MS
    is_duplicate = repeats(state.recent, deal_hash, price, time_ms)
    was_held = is_duplicate and _Judged(state, day, price, time_ms, looks).is_held
    if state.days and day < state.days[-1][DAY] - HORIZON_DAYS:
        add_old(state, price, day, is_confirmed=False, is_gone=False)
    else:
        record_day(state, day, price, looks)
    state.observations += record_recent(state, deal_hash, price, time_ms)
    add_shop(state.shops, fold(hash64(merchant if merchant is not None else source)))
    state.high = max(state.high, price)
    judged = _Judged(state, day, price, time_ms, looks)
    if is_duplicate and not (was_held and not judged.is_held):
        return None
    return judged.said()


class _Judged:
    """Which prices count, as of an observation's day, and what that says of it."""

    def __init__(self, state: ProductState, day: int, price: int, time_ms: int, looks: int) -> None:
        self._state, self._day, self._price, self._time = state, day, price, time_ms
        up_to = bisect_right(state.days, day, key=lambda entry: entry[DAY])
        self._days = days = state.days[:up_to]
        self._threshold = self._lowest_plausible()
        limit = price if price < self._threshold else NONE
        for entry in days:
            if entry[LOW] < self._threshold or is_day_gone(entry):
                limit = max(limit, entry[LOW], entry[SECOND])
        for known, _, _, is_gone in state.old:
            if known < self._threshold or is_gone:
                limit = max(limit, known)
        self._floor: float = float("inf") if limit == NONE else self._lowest_confirmed(limit)
        self._sound = [self._sound_of(entry) for entry in days]
        own = days[-1] if days and days[-1][DAY] == day else None
        self._is_repeated = self._seen_twice(own, looks)
        self.is_held = (
            own is not None
            and not self._is_repeated
            and not self._is_sound_on(day, price)
            and not self._is_near_an_old_one(price)
        )

    def said(self) -> Said:
        low = self._low(self._day + 1)
        return Said(
            previous_price_usd=_money(self._previous()),
            low_7d=_money(self._low(7)),
            low_30d=_money(self._low(30)),
            low_90d=_money(self._low(90)),
            all_time_low=_money(low),
            all_time_low_at=_start(self._day_of(low)),
            all_time_high=self._state.high,
            typical_7d=_money(self._typical(7)),
            typical_30d=_money(self._typical(30)),
            typical_90d=_money(self._typical(90)),
            last_change_at=_start(self._last_change()),
            days_observed=self._days_observed(),
            observations=self._state.observations,
            shops_observed=len(self._state.shops),
            is_held=self.is_held,
            is_repeated=self._is_repeated,
        )

    def _lowest_plausible(self) -> int:
        lows = sorted(
            entry[LOW] for entry in self._days if self._day - HORIZON_DAYS <= entry[DAY] < self._day
        )
        return (lows[len(lows) // 2] + 9) // 10 if lows else 0

    def _lowest_confirmed(self, limit: int) -> float:
        confirmed = [
            entry[column]
            for entry in self._days
            for column in (LOW, SECOND)
            if entry[column] != NONE
            and entry[column] <= limit
            and (
                is_day_confirmed(entry, is_second=column == SECOND)
                or self._is_near_a_day(entry[column], entry)
                or self._is_near_an_old_one(entry[column])
            )
        ]
        confirmed += [
            known
            for known, _, is_confirmed, _ in self._state.old
            if known <= limit and (is_confirmed or self._is_near_a_day(known, None))
        ]
        return min(confirmed, default=float("inf"))

    def _is_near_a_day(self, known: int, but: list[int] | None) -> bool:
        return any(
            entry is not but
            and (
                are_near(entry[LOW], known)
                or (entry[SECOND] != NONE and are_near(entry[SECOND], known))
            )
            for entry in self._days
        )

    def _is_near_an_old_one(self, known: int) -> bool:
        return any(are_near(entry[PRICE], known) for entry in self._state.old)

    def _is_sound(self, entry: list[int], column: int) -> bool:
        is_extreme = entry[column] < self._threshold or (column == LOW and is_day_gone(entry))
        return not is_extreme or entry[column] >= self._floor

    def _sound_of(self, entry: list[int]) -> int:
        if self._is_sound(entry, LOW):
            return entry[LOW]
        return entry[SECOND] if entry[SECOND] != NONE and self._is_sound(entry, SECOND) else NONE

    def _is_sound_on(self, day: int, known: int) -> bool:
        at = bisect_left(self._days, day, key=lambda entry: entry[DAY])
        if at < len(self._days) and self._days[at][DAY] == day and self._days[at][LOW] == known:
            return self._is_sound(self._days[at], LOW)
        return known >= self._threshold or known >= self._floor

    def _is_old_sound(self, entry: list[int]) -> bool:
        is_extreme = entry[PRICE] < self._threshold or bool(entry[WAS_GONE])
        return not is_extreme or entry[PRICE] >= self._floor

    def _seen_twice(self, own: list[int] | None, looks: int) -> bool:
        if self._is_near_a_day(self._price, own):
            return True
        if own is None:
            return False
        if self._price in (own[LOW], own[SECOND]):
            return is_day_confirmed(own, is_second=own[LOW] != self._price)
        pairs = ((LOW, LOW_LOOKS), (SECOND, SECOND_LOOKS))
        return any(
            own[known] != NONE
            and are_near(own[known], self._price)
            and (is_repeated(own[seen]) or are_independent(own[seen], looks))
            for known, seen in pairs
        )

    def _previous(self) -> int:
        latest = previous = NONE
        for last, known, _, first in self._state.recent:
            at = last if last < self._time else first
            is_later = at > latest or (at == latest and known > previous)
            if at < self._time and is_later and self._is_sound_on(at // DAY_MS, known):
                latest, previous = at, known
        for entry, sound in zip(reversed(self._days), reversed(self._sound), strict=True):
            if previous != NONE:
                break
            previous = sound if entry[DAY] < self._day else NONE
        return previous

    def _low(self, window_days: int) -> int:
        first = self._day - window_days + 1
        lows = [] if self.is_held else [self._price]
        lows += [
            sound
            for entry, sound in zip(self._days, self._sound, strict=True)
            if entry[DAY] >= first and sound != NONE
        ]
        lows += [
            entry[PRICE]
            for entry in self._state.old
            if entry[AT] >= first and self._is_old_sound(entry)
        ]
        return min(lows, default=NONE)

    def _day_of(self, low: int) -> int:
        if low == NONE or (not self.is_held and self._price == low):
            return NONE if low == NONE else self._day
        for entry, sound in zip(reversed(self._days), reversed(self._sound), strict=True):
            if sound == low:
                return entry[DAY]
        found = (
            entry[AT]
            for entry in self._state.old
            if entry[PRICE] == low and self._is_old_sound(entry)
        )
        return max(found, default=NONE)

    def _typical(self, window_days: int) -> int:
        known = sorted(
            sound
            for entry, sound in zip(self._days, self._sound, strict=True)
            if self._day - window_days <= entry[DAY] < self._day and sound != NONE
        )
        if not known:
            return NONE
        upper = known[len(known) // 2]
        return upper if len(known) % 2 else (known[len(known) // 2 - 1] + upper + 1) // 2

    def _last_change(self) -> int:
        current = since = NONE
        for entry, sound in zip(reversed(self._days), reversed(self._sound), strict=True):
            if entry[DAY] < self._day - HORIZON_DAYS:
                break
            if sound == NONE:
                continue
            if current not in (NONE, sound):
                return since
            current, since = sound, entry[DAY]
        return NONE

    def _days_observed(self) -> int:
        newest = self._state.days[-1][DAY] if self._state.days else self._day
        is_beyond = self._day < newest - HORIZON_DAYS
        return 1 if is_beyond else self._state.old_days + len(self._days)


def _money(value: int) -> int | None:
    return None if value == NONE else value


def _start(day: int) -> int | None:
    return None if day == NONE else day * DAY_MS
