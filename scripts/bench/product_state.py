"""What the peers remember of a product: lists and integers, so that any store can keep it."""

from bisect import bisect_left, insort
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


# Looks: which offer showed a price, first and last slot of the day; or flags of a closed day.


def _pack(offer: int, first: int, last: int) -> int:
    return offer << 18 | first << 9 | last


def look_at(offer: int, time_ms: int) -> int:
    """One look: an offer (any hash of deal and source) at a time."""
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


def is_repeated(looks: int) -> bool:
    """Whether another offer, or the same one some minutes later, showed the price, too."""
    if _is_closed(looks):
        return bool(looks & REPEATED)
    return looks >> 18 == 0 or (looks & 0x1FF) - (looks >> 9 & 0x1FF) >= SLOTS_APART


def are_independent(one: int, other: int) -> bool:
    """Whether looks at two prices of a day are of two offers, or some minutes apart."""
    return not (_is_closed(one) or _is_closed(other)) and is_repeated(_merge(one, other))


def _is_followed(looks: int, others: int) -> bool:
    return (
        not _is_closed(looks)
        and not is_repeated(looks)
        and looks >> 18 == others >> 18
        and others & 0x1FF > looks & 0x1FF
    )


# Days: the two lowest prices of each, 90 days back from the newest.


def is_day_confirmed(entry: list[int], *, is_second: bool) -> bool:
    """Whether that day alone confirms its lowest (or second lowest) price."""
    if is_repeated(entry[SECOND_LOOKS if is_second else LOW_LOOKS]):
        return True
    return (
        entry[SECOND] != NONE
        and are_near(entry[LOW], entry[SECOND])
        and are_independent(entry[LOW_LOOKS], entry[SECOND_LOOKS])
    )


def is_day_gone(entry: list[int]) -> bool:
    """Whether the lowest price of a day was under half of the next, and gone at the next look."""
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
    low = REPEATED if is_day_confirmed(entry, is_second=False) else ONCE
    second = REPEATED if is_day_confirmed(entry, is_second=True) else ONCE
    entry[LOW_LOOKS], entry[SECOND_LOOKS] = low | (GONE if is_day_gone(entry) else 0), second


def record_day(state: ProductState, day: int, price: int, looks: int) -> None:
    """Take a look in; its day is not beyond the horizon."""
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
    if is_repeated(entry[LOW_LOOKS]):
        entry[SECOND] = NONE


def _is_open(days: list[list[int]], entry: list[int]) -> bool:
    return entry[DAY] >= days[-1][DAY] - OPEN_DAYS


def _retire(state: ProductState, entry: list[int]) -> None:
    _close(entry)
    for price, is_second in ((entry[LOW], False), (entry[SECOND], True)):
        if price != NONE:
            is_confirmed = is_day_confirmed(entry, is_second=is_second)
            is_gone = not is_second and is_day_gone(entry)
            add_old(state, price, entry[DAY], is_confirmed=is_confirmed, is_gone=is_gone)
    state.old_days += 1


def add_old(
    state: ProductState, price: int, day: int, *, is_confirmed: bool, is_gone: bool
) -> None:
    """Keep a price of a day beyond the horizon, if it is one of the lowest."""
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


def add_shop(shops: list[int], shop: int) -> None:
    """Remember a shop by its hash."""
    if shop not in shops:
        insort(shops, shop)
        del shops[SHOPS_MAX:]


# Recent observations: a deal at a price on a UTC day, from one look to another.


def repeats(recent: list[tuple[int, int, int, int]], deal: int, price: int, time_ms: int) -> bool:
    """Whether the deal is known at this price from about the same day, and at no other between."""
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


def record_recent(state: ProductState, deal: int, price: int, time_ms: int) -> bool:
    """Take a look in; False if it adds to an observation of that day."""
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
