"""Whether two variants say the same: field by field, in the order of deal and time."""

import math
from collections import Counter
from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import Any

# The same estimate summed in another order of a batch may end in another last digit.
RELATIVE = 1e-5
CENTIMIL = 1e-4


def differences(
    expected: Iterable[Mapping[str, Any]], found: Iterable[Mapping[str, Any]]
) -> Counter[str]:
    """How often each field differs; `records` counts those that only one of them has."""
    one, other = _by_identity(expected), _by_identity(found)
    counts: Counter[str] = Counter()
    missing = len(one.keys() ^ other.keys())
    if missing:
        counts["records"] = missing
    for key in one.keys() & other.keys():
        for name, value in one[key].items():
            if not is_same(value, other[key].get(name)):
                counts[name] += 1
    return counts


def is_same(one: Any, other: Any) -> bool:
    """Equal, or numbers within rounding.

    >>> is_same(Decimal("10.0001"), Decimal("10.0002")), is_same(None, 0)
    (True, False)
    """
    if isinstance(one, Decimal | float) and isinstance(other, Decimal | float):
        near = math.isclose(one, other, rel_tol=RELATIVE, abs_tol=1.001 * CENTIMIL)
        return bool(near)
    return bool(one == other)


def _by_identity(
    records: Iterable[Mapping[str, Any]],
) -> dict[tuple[Any, ...], Mapping[str, Any]]:
    seen: Counter[tuple[Any, ...]] = Counter()
    found = {}
    for record in records:
        what = (record["deal_id"], record["observed_at"], record["price_usd"])
        seen[what] += 1
        found[(*what, seen[what])] = record
    return found
