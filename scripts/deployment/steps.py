"""A deployment as a list of steps. Each can tell from AWS whether it is done."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from scripts.deployment.reporting import Reporter


@dataclass(frozen=True)
class Step:
    """A step.

    Attributes:
        name: Short, for machines.
        text: What it does, for people.
        is_done: Reads from AWS whether nothing is left to do.
        do: Does it; may be interrupted anywhere and done again.
    """

    name: str
    text: str
    is_done: Callable[[], bool]
    do: Callable[[], None]


def plan(steps: Sequence[Step]) -> list[dict[str, str]]:
    """What each step would do now; nothing is changed.

    Returns:
        Name, text and state ("done" or "to do") of each.
    """
    return [
        {
            "step": step.name,
            "text": step.text,
            "state": "done" if step.is_done() else "to do",
        }
        for step in steps
    ]


def run(steps: Sequence[Step], reporter: Reporter, settle: Callable[[], object]) -> None:
    """Do what is not done, in order.

    Args:
        steps: Which.
        reporter: Takes a line a step.
        settle: Waits for what an interrupted run has left under way.
    """
    settle()
    for number, step in enumerate(steps, start=1):
        head = f"{number}/{len(steps)} {step.name}"
        if step.is_done():
            reporter.say(f"{head}: done before")
        else:
            reporter.say(f"{head}: {step.text}")
            step.do()
