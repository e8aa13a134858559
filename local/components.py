"""The parts of the stack, and what the stack asks of each."""

import sys
from pathlib import Path
from typing import Protocol

from local.build import JARS
from local.kafka.broker import KafkaBroker
from local.loopback import get_status
from local.opensearch.node import OpenSearchNode
from local.ports import LOOPBACK, Ports


class Component(Protocol):
    """One process of the stack.

    Attributes:
        name: what commands call it.
        title: what a person reads.
        listeners: the fields of `Ports` it listens on.
        patience_s: how long it may take to end by itself.
    """

    name: str
    title: str
    listeners: tuple[str, ...]
    patience_s: float

    def address(self, ports: Ports) -> str:
        """Where clients find it."""

    def prepare(self, folder: Path, ports: Ports) -> None:
        """Write into `folder` what the process needs."""

    def command(self, folder: Path, ports: Ports) -> list[str]:
        """Program and arguments of the process."""

    def healthy(self, ports: Ports) -> bool:
        """Whether it answers as it should, within about 3 s."""


class PythonServer:
    """A component that is a module of this project, run by the very Python that runs us."""

    patience_s = 5.0

    def __init__(self, name: str, title: str, module: str, health_path: str) -> None:
        """A server `python -m module --port N` that answers GET `health_path` with 200."""
        self.name = name
        self.title = title
        self.listeners = (name,)
        self._module = module
        self._health_path = health_path

    def address(self, ports: Ports) -> str:
        """The endpoint URL that boto3 takes."""
        return f"http://{LOOPBACK}:{getattr(ports, self.name)}"

    def prepare(self, folder: Path, ports: Ports) -> None:
        """Make the folder; such a server keeps no files."""
        folder.mkdir(parents=True, exist_ok=True)

    def command(self, folder: Path, ports: Ports) -> list[str]:
        """Python with the module and its port."""
        return [sys.executable, "-m", self._module, "--port", str(getattr(ports, self.name))]

    def healthy(self, ports: Ports) -> bool:
        """Whether it answers 200."""
        return get_status(getattr(ports, self.name), self._health_path) == 200


def components(jars: Path = JARS) -> dict[str, Component]:
    """All parts of the stack by name, in the order in which they are shown."""
    parts: tuple[Component, ...] = (
        KafkaBroker(jars / "kafka"),
        OpenSearchNode(jars / "opensearch"),
        PythonServer("aws", "AWS stand-in (moto)", "local.aws", "/moto-api/"),
        PythonServer("bedrock", "Bedrock stand-in", "local.bedrock", "/health"),
    )
    return {part.name: part for part in parts}
