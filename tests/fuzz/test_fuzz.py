"""Broken inputs of each kind: a few hundred here, 100,000 by `make fuzz`."""

import dataclasses
import random

import pytest

from tests.fuzz.__main__ import FoundError, fuzz
from tests.fuzz.kinds import KINDS

# Inputs that were found once: (kind, input).
FOUND = [
    ("properties", b'[{"PropertyMap": ' + b'{"r": ' * 20_000),  # brackets without end
    ("properties", b'[{"PropertyGroupId": {"jar": "x"}}]'),  # a group whose name is no text
]


@pytest.mark.parametrize("name", KINDS)
def test_no_broken_input_crashes_hangs_or_grows(name):
    seed = random.SystemRandom().randrange(10**6)
    said = fuzz(KINDS[name], 300, seed)  # names the seed when it finds something
    assert said["refused"] > 0


@pytest.mark.parametrize(("name", "data"), FOUND)
def test_what_was_found_once_is_taken_or_refused(name, data):
    kind = KINDS[name]
    try:
        kind.read(data)
    except kind.refusals:
        return


@pytest.mark.parametrize("name", KINDS)
def test_the_samples_are_sound(name):
    for data in KINDS[name].samples:
        if name != "feed":  # those are cut
            KINDS[name].read(data)


def test_a_crash_and_a_hang_are_found(monkeypatch):
    def crash(data: bytes) -> None:
        if b"\x00" in data:
            raise KeyError

    with pytest.raises(FoundError, match="KeyError"):
        fuzz(dataclasses.replace(KINDS["price"], read=crash), 2000, 1)
    ticks = iter(range(0, 10**6, 2))
    monkeypatch.setattr("time.process_time", lambda: next(ticks))
    with pytest.raises(FoundError, match=r"2\.0 s for"):
        fuzz(KINDS["price"], 1, 1)
