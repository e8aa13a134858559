"""Every resource, attribute and block of terraform/ against the AWS provider's schema.

The extract in terraform/provider-schema.json.gz is of a newer provider than one may have at hand.
Its form: BLOCK = {"a": {attribute: 1 required | 0 optional | -1 computed}, "b": {block: [required,
BLOCK, most]}}; "any" marks what is not checked further. It knows no enums and no conflicts.
"""

import gzip
import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from scripts.infra.blocks import Block, read

META = {"count", "for_each", "provider", "depends_on"}
META_BLOCKS = {"lifecycle", "provisioner", "connection"}


@dataclass(frozen=True)
class Finding:
    """What is wrong, and where."""

    path: Path
    line: int
    place: str
    what: str

    def __str__(self) -> str:
        """One line, as compilers write it."""
        return f"{self.path}:{self.line}: {self.place}: {self.what}"


@cache
def load(path: Path) -> dict[str, Any]:
    """The extract: {"version": ..., "types": {resource or data.resource: BLOCK}}."""
    with gzip.open(path, "rt", encoding="utf-8") as stream:
        loaded: dict[str, Any] = json.load(stream)
    return loaded


def aws_blocks(paths: Iterable[Path]) -> Iterator[tuple[Path, str, Block]]:
    """The AWS resources and data sources in files: (file, type as the schema names it, block)."""
    for path in paths:
        for block in read(path).blocks:
            is_aws = block.kind in {"resource", "data"} and block.labels[0].startswith("aws_")
            if is_aws:
                yield path, ("data." if block.kind == "data" else "") + block.labels[0], block


def check(schema: dict[str, Any], paths: Iterable[Path]) -> list[Finding]:
    """Hold the files to the schema.

    Raises:
        SyntaxProblem: a file cannot be read.
    """
    findings = []
    for path, kind, block in aws_blocks(paths):
        place = f"{kind}.{block.labels[1]}"
        known = schema["types"].get(kind)
        wrong = (
            [(block.line, place, "unknown type")]
            if known is None
            else _check(block, known, place, is_top=True)
        )
        findings += [Finding(path, *each) for each in wrong]
    return findings


def _check(
    block: Block, schema: dict[str, Any], place: str, *, is_top: bool = False
) -> Iterator[tuple[int, str, str]]:
    if schema.get("any"):
        return
    attributes, blocks = schema["a"], schema["b"]
    for name in block.attributes:
        if is_top and name in META:
            continue
        if name in blocks:
            yield block.line, place, f"{name!r} is a block, write it without '='"
        elif attributes.get(name, -2) < 0:
            is_known = name in attributes
            yield (
                block.line,
                place,
                f"attribute {name!r} is {'computed' if is_known else 'unknown'}",
            )
    given: dict[str, int] = {}
    for each in block.blocks:
        if is_top and each.kind in META_BLOCKS:
            continue
        is_dynamic = each.kind == "dynamic"
        name = each.labels[0] if is_dynamic else each.kind
        if name not in blocks:
            yield each.line, place, f"block {name!r} is unknown"
            continue
        given[name] = given.get(name, 0) + 1
        for body in each.inside("content") if is_dynamic else (each,):
            yield from _check(body, blocks[name][1], f"{place}.{name}")
    for name, (_, _, most) in blocks.items():
        if 0 < most < given.get(name, 0):
            yield block.line, place, f"block {name!r} is given {given[name]} times, at most {most}"
    required = [name for name, kind in attributes.items() if kind == 1]
    required += [name for name, (is_required, *_) in blocks.items() if is_required]
    for name in required:
        if name not in block.attributes and name not in given:
            yield block.line, place, f"required {name!r} is missing"
