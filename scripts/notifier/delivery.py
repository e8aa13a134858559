"""Sends a message to all services, and tries again where it was not taken."""

import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from scripts.notifier.messages import Message
from scripts.notifier.services import SendError, Service


@dataclass(frozen=True)
class Patience:
    """How often a service is tried, and how long is waited in between.

    Args:
        tries: at most, > 0.
        first_wait_s: before the second try; twice as long before each next one.
        longest_wait_s: at most.
    """

    tries: int = 5
    first_wait_s: float = 1.0
    longest_wait_s: float = 60.0

    def wait_s(self, failed_tries: int, chance: float) -> float:
        """How long to wait after so many tries.

        Args:
            failed_tries: so far, > 0.
            chance: in [0, 1): half of the wait is left to it, lest all come back at once.
        """
        whole_s = min(self.longest_wait_s, self.first_wait_s * 2.0 ** (failed_tries - 1))
        return whole_s * (0.5 + chance / 2)


@dataclass
class Delivery:
    """What became of a message.

    Args:
        taken_by: names of the services that took it.
        failures: why the others did not, by their name.
        is_stopped: tries were left, but the notifier was told to end.
    """

    taken_by: list[str] = field(default_factory=list)
    failures: dict[str, str] = field(default_factory=dict)
    is_stopped: bool = False

    @property
    def detail(self) -> str:
        """The failures on one line."""
        return "; ".join(f"{name}: {why}" for name, why in self.failures.items())


def deliver(
    message: Message,
    services: Sequence[Service],
    patience: Patience,
    wait: Callable[[float], bool],
    chance: Callable[[], float] = random.random,
) -> Delivery:
    """Send a message; a service that took it is not asked again.

    Args:
        message: what to send.
        services: all of them are to take it.
        patience: how often to try.
        wait: waits so many seconds; True: stop trying.
        chance: a random number in [0, 1).
    """
    delivery = Delivery()
    owed = list(services)
    for tried in range(1, patience.tries + 1):
        delivery.failures = {}
        for service in owed:
            try:
                service.send(message)
            except SendError as error:
                delivery.failures[service.name] = str(error)
            else:
                delivery.taken_by.append(service.name)
        owed = [service for service in owed if service.name in delivery.failures]
        if not owed or tried == patience.tries:
            break
        if wait(patience.wait_s(tried, chance())):
            delivery.is_stopped = True
            break
    return delivery
