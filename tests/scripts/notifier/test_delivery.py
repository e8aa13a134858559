import itertools

import pytest

from scripts.notifier.delivery import Patience, deliver
from scripts.notifier.messages import Message
from scripts.notifier.services import SendError

MESSAGE = Message("t", "b")


class Fake:
    """Refuses so many times, then takes."""

    def __init__(self, name, refusals):
        self.name = name
        self.refusals = refusals
        self.taken = 0

    def send(self, message):
        assert message is MESSAGE
        if self.refusals:
            self.refusals -= 1
            reason = f"down, {self.refusals} more"
            raise SendError(reason)
        self.taken += 1


class Waits(list):
    """Takes waits instead of sleeping; stops after so many."""

    def __init__(self, stop_after=None):
        self.stop_after = stop_after

    def __call__(self, seconds):
        self.append(seconds)
        return len(self) == self.stop_after


def test_a_service_that_comes_back_gets_the_message_once():
    service, waits = Fake("a", 3), Waits()
    delivery = deliver(MESSAGE, [service], Patience(), waits, chance=lambda: 0.0)
    assert (delivery.taken_by, delivery.failures, service.taken) == (["a"], {}, 1)
    assert waits == [0.5, 1.0, 2.0]


def test_a_service_that_took_it_is_not_asked_again_for_the_others():
    services = [Fake("a", 0), Fake("b", 2), Fake("c", 9)]
    delivery = deliver(MESSAGE, services, Patience(tries=4), Waits())
    assert delivery.taken_by == ["a", "b"]
    assert delivery.failures == {"c": "down, 5 more"}
    assert [service.taken for service in services] == [1, 1, 0]


def test_after_the_last_try_nobody_waits():
    waits = Waits()
    delivery = deliver(MESSAGE, [Fake("a", 9)], Patience(tries=3), waits)
    assert len(waits) == 2
    assert delivery.detail == "a: down, 6 more"
    assert not delivery.is_stopped


def test_told_to_stop_it_tries_no_more():
    service = Fake("a", 9)
    delivery = deliver(MESSAGE, [service], Patience(tries=5), Waits(stop_after=2))
    assert delivery.is_stopped
    assert service.refusals == 7


@pytest.mark.parametrize("chance", [0.0, 0.5, 0.999])
def test_waits_double_up_to_the_longest_and_are_spread(chance):
    patience = Patience(first_wait_s=1.0, longest_wait_s=10.0)
    waits = [patience.wait_s(tries, chance) for tries in range(1, 8)]
    assert all(
        whole / 2 <= wait <= whole
        for wait, whole in zip(waits, [1, 2, 4, 8, 10, 10, 10], strict=True)
    )
    assert all(before < after for before, after in itertools.pairwise(waits[:5]))
