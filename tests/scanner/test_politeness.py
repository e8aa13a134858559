import threading

import pytest

from scripts.scanner.politeness import HostBlockedError, Politeness, retry_after_s


class Clock:
    def __init__(self) -> None:
        self.now = 100.0
        self.slept: list[float] = []

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.now += seconds


def polite(clock: Clock) -> Politeness:
    return Politeness(2.0, monotonic=lambda: clock.now, sleep=clock.sleep)


def test_a_host_is_asked_again_only_after_the_delay():
    clock = Clock()
    politeness = polite(clock)
    for host in ("a", "b", "a"):
        with politeness.turn(host):
            clock.now += 0.5
    assert clock.slept == [pytest.approx(1.5)]  # b took 0.5 of a's 2 seconds


def test_the_delay_holds_after_a_failure_too():
    clock = Clock()
    politeness = polite(clock)
    with pytest.raises(OSError, match="x"), politeness.turn("a"):
        raise OSError("x")  # noqa: EM101
    with politeness.turn("a"):
        pass
    assert clock.slept == [2.0]


def test_a_host_that_asked_for_a_pause_is_left_alone_until_it_is_over():
    clock = Clock()
    politeness = polite(clock)
    politeness.block("a", 60)
    with pytest.raises(HostBlockedError, match="60 s left"), politeness.turn("a"):
        pass
    clock.now += 60
    with politeness.turn("a"):
        pass


def test_only_one_request_at_a_time_goes_to_a_host():
    politeness = Politeness(0.0)
    inside, entered = threading.Event(), threading.Event()

    def second() -> None:
        inside.set()
        with politeness.turn("a"):
            entered.set()

    with politeness.turn("a"):
        thread = threading.Thread(target=second)
        thread.start()
        assert inside.wait(10)
        assert not entered.is_set()
    assert entered.wait(10)
    thread.join(10)


@pytest.mark.parametrize(
    ("header", "seconds"),
    [
        ("120", 120.0),
        (" 7 ", 7.0),
        ("Sun, 26 Jul 2026 22:31:55 GMT", 60.0),
        ("Sun, 26 Jul 2020 22:31:55 GMT", 0.0),
        ("99999999999999999999", 86_400.0),
        ("-5", None),
        ("²", None),
        ("later", None),
        (None, None),
    ],
)
def test_retry_after_is_read_in_both_forms_and_bounded(header, seconds):
    assert retry_after_s(header, 1785105055.0) == seconds
