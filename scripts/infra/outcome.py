"""What came of running something."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Outcome:
    """What a command said; `is_good` None: it could not be run here."""

    name: str
    is_good: bool | None
    output: str
