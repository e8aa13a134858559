"""The oracle and its stream hold what the ring rests on."""

import dataclasses
from collections import Counter

from tests.kill.oracle import alert_id, expect, facts
from tests.kill.stream import DAY_MS, NOON_MS, Look, entries
from udfs.alerting import identity


def look(day: int, price: int, shop: str = "shop-a") -> Look:
    return Look(f"x{day}", 1, shop, price, day * DAY_MS + NOON_MS)


def test_the_stream_is_the_same_for_a_seed_and_holds_all_that_it_should():
    made = entries(5, 5000)
    assert made == entries(5, 5000) != entries(6, 5000)
    kinds = Counter(entry.mistake for entry in made)
    assert len(kinds) == 7
    assert sum(entry.look.is_duplicate for entry in made) > 300
    newest: dict[int, int] = {}
    late = 0
    for entry in made:
        seen = newest.get(entry.look.product, 0)
        late += entry.look.day < seen
        newest[entry.look.product] = max(seen, entry.look.day)
    assert late > 200


def test_the_facts_of_a_late_look_are_those_of_its_day():
    known = [look(100, 50), look(103, 40), look(102, 60, "shop-b")]
    said = facts(known)
    assert (said["previous_price"], said["all_time_low"], said["all_time_low_at"]) == (
        50,
        50,
        100 * DAY_MS,
    )
    assert (said["days_observed"], said["observations"], said["shops_observed"]) == (2, 3, 2)
    assert said["last_change_at"] == 102 * DAY_MS
    assert facts([*known, look(104, 41)])["typical_7d"] == 50


def test_a_duplicate_is_parsed_but_not_evaluated_and_a_mistake_is_neither():
    made = entries(5, 2000)
    said = expect(made)
    bad = sum(entry.mistake is not None for entry in made)
    twice = sum(entry.look.is_duplicate for entry in made if entry.mistake is None)
    assert len(said.letters) == bad
    assert len(said.evaluated) == len(made) - bad - twice
    assert len({dataclasses.astuple(each) for each in said.parsed.values()}) == len(said.parsed)


def test_the_ids_that_the_oracle_expects_are_spelled_as_the_contract_has_them():
    assert alert_id("a lamp", 12_3400) == identity.alert_id("ring", "a lamp", 12.34)
