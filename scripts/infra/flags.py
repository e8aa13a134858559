"""What is off has no first element: `x[0]` must stand under the condition that x is counted by."""

import re
from collections.abc import Iterable, Iterator
from pathlib import Path

from scripts.infra.blocks import Block, read
from scripts.infra.schema import Finding

_COUNT = re.compile(r"(.+?)\s*\?\s*1\s*:\s*0$|(.+?)\s*\?\s*0\s*:\s*1$")


def _condition(block: Block) -> str | None:
    """The condition of `count = C ? 1 : 0`; of `C ? 0 : 1` too, for C stands before both uses."""
    found = _COUNT.match(block.attributes.get("count", ""))
    return (found[1] or found[2]) if found else None


def _address(block: Block) -> str | None:
    match block.kind, block.labels:
        case "resource", (kind, name):
            return f"{kind}.{name}"
        case "data", (kind, name):
            return f"data.{kind}.{name}"
        case "module", (name,):
            return f"module.{name}"
    return None


def _expressions(block: Block) -> Iterator[str]:
    yield from block.attributes.values()
    for nested in block.blocks:
        yield from _expressions(nested)


def check(paths: Iterable[Path]) -> list[Finding]:
    """Find first elements of what a flag may turn off.

    Raises:
        SyntaxProblem: a file cannot be read.
    """
    folders: dict[Path, list[tuple[Path, Block]]] = {}
    for path in paths:
        for block in read(path).blocks:
            folders.setdefault(path.parent, []).append((path, block))
    findings = []
    for blocks in folders.values():
        counted = {
            address: condition
            for _, block in blocks
            if (address := _address(block)) and (condition := _condition(block))
        }
        for path, block in blocks:
            place = _address(block) or ".".join((block.kind, *block.labels))
            for what in _unguarded(block, counted):
                findings.append(Finding(path, block.line, place, what))
    return findings


def _unguarded(block: Block, counted: dict[str, str]) -> Iterator[str]:
    own = block.attributes.get("count", "")
    for expression in _expressions(block):
        for address, condition in counted.items():
            for found in re.finditer(rf"(?<![\w.]){re.escape(address)}\[0\]", expression):
                before = expression[: found.start()]
                if condition in own or f"{condition} ?" in before or "try(" in before:
                    continue
                yield f"{address}[0] is not there unless {condition}: use one({address}[*]...)"
