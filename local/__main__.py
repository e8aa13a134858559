"""`python -m local build|up|down|status|jobs`: the local stack from the command line."""

import argparse
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import fields, replace
from pathlib import Path

from rich.console import Console
from rich.table import Table

from local import jobs
from local.build import STACK_STEPS, STEPS, build, is_built
from local.ports import Ports
from local.progress import progress_for
from local.stack import DEFAULT_HOME, HEALTH_DEADLINE_S, ComponentStatus, Stack

_EPILOG = """\
Ports can also be set as DEAL_FINDER_<LISTENER>_PORT, for example DEAL_FINDER_KAFKA_PORT; an option
wins over a variable. A port that is taken is replaced by a free one.
"""


def parser() -> argparse.ArgumentParser:
    """The command line's grammar."""
    whole = argparse.ArgumentParser(prog="python -m local", description=__doc__, epilog=_EPILOG)
    commands = whole.add_subparsers(dest="command", required=True, metavar="COMMAND")
    made = commands.add_parser("build", help="build the jars with Maven, where not up to date")
    made.add_argument(
        "steps",
        nargs="*",
        metavar="STEP",
        help=f"only these: {', '.join(step.name for step in STEPS)}",
    )
    up = commands.add_parser(
        "up", help="start the stack, or what of it does not run", epilog=_EPILOG
    )
    down = commands.add_parser("down", help="stop the stack; its data stays")
    status = commands.add_parser("status", help="what runs, and where; exit 0 if all is healthy")
    for command in (up, down, status):
        command.add_argument(
            "--home", type=Path, default=DEFAULT_HOME, help="folder of all data (%(default)s)"
        )
    for listener in fields(Ports):
        up.add_argument(
            f"--{listener.name.replace('_', '-')}-port",
            type=int,
            metavar="N",
            help=f"preferred port, usually {listener.default}",
        )
    up.add_argument(
        "--deadline",
        type=float,
        default=HEALTH_DEADLINE_S,
        metavar="S",
        help="seconds a component may take to become healthy (%(default)g)",
    )
    jobs.add_commands(commands, DEFAULT_HOME)
    down.add_argument("--delete", action="store_true", help="delete the data as well")
    return whole


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command.

    Returns:
        The exit code: 0 well, 1 failed or not all healthy, 2 a wrong option, 130 interrupted.
    """
    options = parser().parse_args(arguments)
    try:
        if options.command == "build":
            return _build(options.steps)
        if options.command == "up":
            return _up(options)
        if options.command == "jobs":
            with progress_for() as progress:
                return jobs.run(options, progress)
        if options.command == "down":
            return _down(Stack(options.home), delete=options.delete)
        return _status(Stack(options.home))
    except ValueError as error:  # of a port or a step
        print(f"python -m local: {error}", file=sys.stderr)
        return 2
    except (RuntimeError, OSError, subprocess.SubprocessError) as error:
        print(f"python -m local: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("python -m local: interrupted", file=sys.stderr)
        return 130


def _build(names: Sequence[str]) -> int:
    known = {step.name: step for step in STEPS}
    unknown = [name for name in names if name not in known]
    if unknown:
        message = f"no step {unknown[0]!r}; there are {', '.join(known)}"
        raise ValueError(message)
    with progress_for() as progress:
        build(progress, [known[name] for name in names] or STEPS)
    return 0


def _up(options: argparse.Namespace) -> int:
    stack = Stack(options.home, _ports(options), deadline_s=options.deadline)
    with progress_for() as progress:
        if not is_built(STACK_STEPS):
            build(progress, STACK_STEPS)
        seconds = stack.up(progress)
    show(stack.status(), seconds)
    return 0


def _ports(options: argparse.Namespace) -> Ports | None:
    """The preferred ports: options, over the environment's, over none."""
    wanted = {name: getattr(options, f"{name}_port") for name in Ports.names()}
    wanted = {name: port for name, port in wanted.items() if port is not None}
    known = Ports.from_environment()
    return replace(known or Ports(), **wanted) if wanted else known


def _down(stack: Stack, *, delete: bool) -> int:
    with progress_for() as progress:
        stopped = stack.down(progress, delete=delete)
    if not stopped:
        print("nothing runs")
    if delete:
        print("data deleted")
    return 0


def _status(stack: Stack) -> int:
    states = stack.status()
    show(states)
    return 0 if all(state.healthy for state in states) else 1


def show(states: Sequence[ComponentStatus], seconds: dict[str, float] | None = None) -> None:
    """Print the components: a table in a terminal, a line of `key=value` each elsewhere."""
    console = Console()
    if not console.is_terminal:
        for state in states:
            took = f" seconds={seconds[state.name]:.1f}" if seconds else ""
            pid = state.pid or "-"
            print(f"{state.name} state={state.state} address={state.address} pid={pid}{took}")
        return
    table = Table()
    for heading in ("component", "state", "address", "pid", *(["seconds"] if seconds else [])):
        table.add_column(heading, justify="right" if heading in {"pid", "seconds"} else "left")
    for state in states:
        colour = "green" if state.healthy else "red"
        row = [state.title, f"[{colour}]{state.state}[/{colour}]", state.address]
        row.append(str(state.pid or "-"))
        table.add_row(*row, *([f"{seconds[state.name]:.1f}"] if seconds else []))
    console.print(table)


if __name__ == "__main__":
    sys.exit(main())
