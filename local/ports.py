"""Which port each part of the stack listens on: the usual one, or a free one near it."""

import contextlib
import json
import os
import random
import socket
from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields, replace
from pathlib import Path

LOOPBACK = "127.0.0.1"

# Free ports are looked for below Linux's range for outgoing connections (32768-60999): a port from
# within that range may be taken by a client in the seconds until a JVM has bound it.
_SEARCHED = range(20000, 32000)


@dataclass(frozen=True)
class Ports:
    """A port for each listener; the defaults are the addresses a person gets used to."""

    kafka: int = 19092
    kafka_controller: int = 19093
    opensearch: int = 19200
    opensearch_transport: int = 19300
    aws: int = 19500
    bedrock: int = 19600

    def __post_init__(self) -> None:
        """Refuse what cannot be six different ports.

        Raises:
            ValueError: a port is outside 1-65535, or two are equal.
        """
        chosen = asdict(self)
        for name, port in chosen.items():
            if not 0 < port < 65536:
                message = f"port {name}={port} is not between 1 and 65535"
                raise ValueError(message)
        if len(set(chosen.values())) < len(chosen):
            message = f"two listeners cannot share a port: {chosen}"
            raise ValueError(message)

    @classmethod
    def names(cls) -> tuple[str, ...]:
        """The listeners, in the order in which they are shown."""
        return tuple(field.name for field in fields(cls))

    @classmethod
    def free(cls) -> "Ports":
        """Six ports that nobody listens on, for a stack beside others (the tests' one)."""
        chosen: dict[str, int] = {}
        for name in cls.names():
            chosen[name] = free_port(avoid=set(chosen.values()))
        return cls(**chosen)

    @classmethod
    def from_environment(cls, environment: Mapping[str, str] = os.environ) -> "Ports | None":
        """Ports set as `DEAL_FINDER_<LISTENER>_PORT`, the rest by default; None when none is set.

        Raises:
            ValueError: a value is not a port number; the message names the variable.
        """
        wanted: dict[str, int] = {}
        for name in cls.names():
            variable = f"DEAL_FINDER_{name.upper()}_PORT"
            text = environment.get(variable)
            if text is None:
                continue
            if not text.isdecimal():
                message = f"{variable} must be a port number, not {text!r}"
                raise ValueError(message)
            wanted[name] = int(text)
        return cls(**wanted) if wanted else None

    @classmethod
    def load(cls, path: Path) -> "Ports | None":
        """The ports an earlier start wrote, or None when there are none or they are unreadable."""
        try:
            return cls(**json.loads(path.read_text(encoding="utf-8")))
        except (FileNotFoundError, ValueError, TypeError):
            return None  # a damaged file is replaced by the next start; ports are not worth a stop

    def save(self, path: Path) -> None:
        """Write the ports for later commands (`status`, `down`) and for the next start."""
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(asdict(self), indent=2) + "\n", encoding="utf-8")

    def moved_off_taken(self, keep: frozenset[str] = frozenset()) -> "Ports":
        """The same ports, with a free one in place of each that somebody else listens on.

        Args:
            keep: listeners of components that already run; theirs are taken by themselves.
        """
        ports = self
        for name in self.names():
            if name not in keep and not is_free(getattr(ports, name)):
                avoid = set(asdict(ports).values())
                ports = replace(ports, **{name: free_port(avoid=avoid)})
        return ports


def is_free(port: int) -> bool:
    """Whether a server could listen on the loopback port now."""
    with contextlib.closing(socket.socket(socket.AF_INET, socket.SOCK_STREAM)) as probe:
        # As servers do: closed connections of an earlier run do not make a port taken.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((LOOPBACK, port))
            probe.listen(1)
        except OSError:
            return False
    return True


def free_port(avoid: set[int] | frozenset[int] = frozenset()) -> int:
    """A port nobody listens on; random, so that two stacks started at once rarely meet.

    Raises:
        RuntimeError: no free port in 20000-31999 after 500 attempts.
    """
    for _ in range(500):
        port = random.choice(_SEARCHED)  # noqa: S311 - not a secret
        if port not in avoid and is_free(port):
            return port
    message = f"no free port between {_SEARCHED.start} and {_SEARCHED.stop - 1}"
    raise RuntimeError(message)
