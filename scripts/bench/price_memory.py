"""The price memory of price_history, once more in plain Python: what the peers remember with.

The JVM module's ProductHistory says what the rules are and why; a test holds the two to the same
answers. State is lists and integers, so that any store can keep it.
"""

from bisect import bisect_left, bisect_right, insort
from dataclasses import dataclass, field

DAY_MS = 86_400_000
NONE = -1
HORIZON_DAYS, OPEN_DAYS = 90, 14
SHOPS_MAX, RECENT_MAX, RECENT_OLD_MAX, OLD_MAX = 16, 32, 8, 4
SLOT_MS, SLOTS_APART, OFFERS = 5 * 60 * 1000, 2, 63
# What is left of the looks of a closed day.
ONCE, REPEATED, GONE = 1 << 24, 1 << 25, 1 << 26
_MASK = (1 << 64) - 1

# Columns of a day and of an old low.
DAY, LOW, SECOND, LOW_LOOKS, SECOND_LOOKS = range(5)
PRICE, AT, CONFIRMED, WAS_GONE = range(4)


def hash64(text: str | None) -> int:
    """FNV-1a, 64 bits, unsigned."""
    value = 0xCBF29CE484222325
    for unit in (text or "").encode():
        value = (value ^ unit) * 0x100000001B3 & _MASK
    return value


def fold(value: int) -> int:
    """The two halves of 64 bits in one signed int of 32."""
    low = (value ^ value >> 32) & 0xFFFFFFFF
    return low - (1 << 32) if low >> 31 else low


def are_near(one: int, other: int) -> bool:
    """Within a quarter."""
    low = min(one, other)
    return max(one, other) <= low + low // 4


@dataclass
class ProductState:
    """What is remembered of a product; days, recent and old lows in order."""

    observations: int = 0
    high: int = 0
    shops: list[int] = field(default_factory=list)
    old_days: int = 0
    old: list[list[int]] = field(default_factory=list)
    days: list[list[int]] = field(default_factory=list)
    recent: list[tuple[int, int, int, int]] = field(default_factory=list)
    """(last, price, deal, first)"""

    def as_lists(self) -> list[object]:
        """All of it, for stores that keep plain values."""
        return [
            *(self.observations, self.high, self.shops, self.old_days),
            *(self.old, self.days, self.recent),
        ]

    @classmethod
    def of_lists(cls, values: list[object]) -> "ProductState":
        """What `as_lists` gave, tuples become lists or not."""
        state = cls(*values)  # type: ignore[arg-type]
        state.recent = [tuple(each) for each in state.recent]  # type: ignore[misc]
        return state


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
    looks = _look(deal * 37 + hash64(source), time_ms)
    day = time_ms // DAY_MS
    is_duplicate = _is_duplicate(state.recent, deal_hash, price, time_ms)
    was_held = is_duplicate and _Judged(state, day, price, time_ms, looks).is_held
    if state.days and day < state.days[-1][DAY] - HORIZON_DAYS:
        _add_old(state, price, day, is_confirmed=False, is_gone=False)
    else:
        _record_day(state, day, price, looks)
    state.observations += _record_recent(state, deal_hash, price, time_ms)
    _add_shop(state.shops, fold(hash64(merchant if merchant is not None else source)))
    state.high = max(state.high, price)
    judged = _Judged(state, day, price, time_ms, looks)
    if is_duplicate and not (was_held and not judged.is_held):
        return None
    return judged.said()


# Looks: which offer showed a price, first and last slot of the day; or flags of a closed day.


def _pack(offer: int, first: int, last: int) -> int:
    return offer << 18 | first << 9 | last


def _look(offer: int, time_ms: int) -> int:
    slot = time_ms % DAY_MS // SLOT_MS
    return _pack((offer & _MASK) % OFFERS + 1, slot, slot)


def _is_closed(looks: int) -> bool:
    return looks >= ONCE


def _merge(one: int, other: int) -> int:
    if _is_closed(one):
        return one
    return _pack(
        one >> 18 if one >> 18 == other >> 18 else 0,
        min(one >> 9 & 0x1FF, other >> 9 & 0x1FF),
        max(one & 0x1FF, other & 0x1FF),
    )


def _is_repeated(looks: int) -> bool:
    if _is_closed(looks):
        return bool(looks & REPEATED)
    return looks >> 18 == 0 or (looks & 0x1FF) - (looks >> 9 & 0x1FF) >= SLOTS_APART


def _are_independent(one: int, other: int) -> bool:
    return not (_is_closed(one) or _is_closed(other)) and _is_repeated(_merge(one, other))


def _is_followed(looks: int, others: int) -> bool:
    return (
        not _is_closed(looks)
        and not _is_repeated(looks)
        and looks >> 18 == others >> 18
        and others & 0x1FF > looks & 0x1FF
    )


# Days: the two lowest prices of each, 90 days back from the newest.


def _is_day_confirmed(entry: list[int], *, is_second: bool) -> bool:
    if _is_repeated(entry[SECOND_LOOKS if is_second else LOW_LOOKS]):
        return True
    return (
        entry[SECOND] != NONE
        and are_near(entry[LOW], entry[SECOND])
        and _are_independent(entry[LOW_LOOKS], entry[SECOND_LOOKS])
    )


def _is_gone(entry: list[int]) -> bool:
    if _is_closed(entry[LOW_LOOKS]):
        return bool(entry[LOW_LOOKS] & GONE)
    return (
        entry[SECOND] != NONE
        and entry[LOW] < (entry[SECOND] + 1) // 2
        and _is_followed(entry[LOW_LOOKS], entry[SECOND_LOOKS])
    )


def _close(entry: list[int]) -> None:
    if _is_closed(entry[LOW_LOOKS]):
        return
    low = REPEATED if _is_day_confirmed(entry, is_second=False) else ONCE
    second = REPEATED if _is_day_confirmed(entry, is_second=True) else ONCE
    entry[LOW_LOOKS], entry[SECOND_LOOKS] = low | (GONE if _is_gone(entry) else 0), second


def _record_day(state: ProductState, day: int, price: int, looks: int) -> None:
    days = state.days
    at = bisect_left(days, day, key=lambda entry: entry[DAY])
    if at == len(days) or days[at][DAY] != day:
        while days and days[0][DAY] < day - HORIZON_DAYS:
            _retire(state, days.pop(0))
            at -= 1
        days.insert(at, [day, price, NONE, 0, 0])
        days[at][LOW_LOOKS] = looks if _is_open(days, days[at]) else ONCE
        for entry in days:
            if _is_open(days, entry):
                break
            _close(entry)
        return
    entry = days[at]
    own = looks if _is_open(days, entry) else ONCE
    if price < entry[LOW]:
        entry[SECOND], entry[SECOND_LOOKS] = entry[LOW], entry[LOW_LOOKS] & ~GONE
        entry[LOW], entry[LOW_LOOKS] = price, own
    elif price == entry[LOW]:
        entry[LOW_LOOKS] = _merge(entry[LOW_LOOKS], own)
    elif entry[SECOND] == NONE or price < entry[SECOND]:
        entry[SECOND], entry[SECOND_LOOKS] = price, own
    elif price == entry[SECOND]:
        entry[SECOND_LOOKS] = _merge(entry[SECOND_LOOKS], own)
    if _is_repeated(entry[LOW_LOOKS]):
        entry[SECOND] = NONE


def _is_open(days: list[list[int]], entry: list[int]) -> bool:
    return entry[DAY] >= days[-1][DAY] - OPEN_DAYS


def _retire(state: ProductState, entry: list[int]) -> None:
    _close(entry)
    for price, is_second in ((entry[LOW], False), (entry[SECOND], True)):
        if price != NONE:
            is_confirmed = _is_day_confirmed(entry, is_second=is_second)
            is_gone = not is_second and _is_gone(entry)
            _add_old(state, price, entry[DAY], is_confirmed=is_confirmed, is_gone=is_gone)
    state.old_days += 1


def _add_old(
    state: ProductState, price: int, day: int, *, is_confirmed: bool, is_gone: bool
) -> None:
    old = state.old
    at = bisect_left(old, price, key=lambda entry: entry[PRICE])
    if at < len(old) and old[at][PRICE] == price:
        old[at][CONFIRMED] |= int(is_confirmed or old[at][AT] != day)
        old[at][AT] = max(old[at][AT], day)
    else:
        old.insert(at, [price, day, int(is_confirmed), int(is_gone)])
    for i, one in enumerate(old):
        for other in old[i + 1 :]:
            if one[AT] != other[AT] and are_near(one[PRICE], other[PRICE]):
                one[CONFIRMED] = other[CONFIRMED] = 1
    first = next((i for i, entry in enumerate(old) if entry[CONFIRMED]), len(old))
    del old[min(first + 1, OLD_MAX) :]


def _add_shop(shops: list[int], shop: int) -> None:
    if shop not in shops:
        insort(shops, shop)
        del shops[SHOPS_MAX:]


# Recent observations: a deal at a price on a UTC day, from one look to another.


def _is_duplicate(
    recent: list[tuple[int, int, int, int]], deal: int, price: int, time_ms: int
) -> bool:
    for last, known_price, known_deal, first in recent:
        if known_deal != deal or known_price != price:
            continue
        is_near = first // DAY_MS == time_ms // DAY_MS or abs(first - time_ms) < DAY_MS
        if is_near and (
            _is_constant(recent, deal, price, first, time_ms)
            or _is_constant(recent, deal, price, last, time_ms)
        ):
            return True
    return False


def _is_constant(
    recent: list[tuple[int, int, int, int]], deal: int, price: int, one: int, other: int
) -> bool:
    start, end = min(one, other), max(one, other)
    return not any(
        known_deal == deal and known_price != price and (start < first < end or start < last < end)
        for last, known_price, known_deal, first in recent
    )


def _record_recent(state: ProductState, deal: int, price: int, time_ms: int) -> bool:
    recent = state.recent
    for i, (last, known_price, known_deal, first) in enumerate(recent):
        if (known_deal, known_price) == (deal, price) and first // DAY_MS == time_ms // DAY_MS:
            del recent[i]
            insort(recent, (max(last, time_ms), price, deal, min(first, time_ms)))
            return False
    insort(recent, (time_ms, price, deal, time_ms))
    newest_day = recent[-1][0] // DAY_MS
    while len(recent) > RECENT_OLD_MAX and not (
        len(recent) <= RECENT_MAX and recent[0][0] // DAY_MS >= newest_day - 1
    ):
        del recent[0]
    return True


class _Judged:
    """Which prices count, as of an observation's day, and what that says of it."""

    def __init__(self, state: ProductState, day: int, price: int, time_ms: int, looks: int) -> None:
        self._state, self._day, self._price, self._time = state, day, price, time_ms
        up_to = bisect_right(state.days, day, key=lambda entry: entry[DAY])
        self._days = days = state.days[:up_to]
        self._threshold = self._lowest_plausible()
        limit = price if price < self._threshold else NONE
        for entry in days:
            if entry[LOW] < self._threshold or _is_gone(entry):
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
                _is_day_confirmed(entry, is_second=column == SECOND)
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
        is_extreme = entry[column] < self._threshold or (column == LOW and _is_gone(entry))
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
            return _is_day_confirmed(own, is_second=own[LOW] != self._price)
        pairs = ((LOW, LOW_LOOKS), (SECOND, SECOND_LOOKS))
        return any(
            own[known] != NONE
            and are_near(own[known], self._price)
            and (_is_repeated(own[seen]) or _are_independent(own[seen], looks))
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
