"""The structure of Terraform files: blocks, their labels, attributes and comments.

Expressions stay text; this is what checks need, and no more, of the language.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

_NAME = re.compile(r"[A-Za-z_][\w-]*")
_SPACE = re.compile(r"(?:\s|#[^\n]*|//[^\n]*|/\*.*?\*/)+", re.DOTALL)
_HEREDOC = re.compile(r"<<-?([A-Za-z_]\w*)\n.*?^\s*\1$", re.DOTALL | re.MULTILINE)
_CLOSING = {"{": "}", "[": "]", "(": ")"}


class SyntaxProblem(ValueError):
    """The text is no Terraform that this reads; the message says where."""


@dataclass(frozen=True)
class Block:
    """A block such as `resource "aws_vpc" "this" { ... }`.

    Attributes:
        kind: the word before it.
        labels: the names between that and the brace.
        line: where it starts, from 1.
        text: all of it, comments included.
        attributes: name -> its expression.
        blocks: those inside.
    """

    kind: str
    labels: tuple[str, ...]
    line: int
    text: str = ""
    attributes: dict[str, str] = field(default_factory=dict)
    blocks: tuple["Block", ...] = ()

    def inside(self, kind: str) -> Iterator["Block"]:
        """The blocks of a kind right inside."""
        return (block for block in self.blocks if block.kind == kind)


def read(path: Path) -> Block:
    """Read a file; its top level is a block without kind.

    Raises:
        SyntaxProblem: it cannot be read.
    """
    try:
        return parse(path.read_text("utf-8"))
    except SyntaxProblem as problem:
        message = f"{path}: {problem}"
        raise SyntaxProblem(message) from problem


def parse(text: str) -> Block:
    """Read a text.

    >>> block = parse('a "b" { c = [1, 2] }').blocks[0]
    >>> block.kind, block.labels, block.attributes
    ('a', ('b',), {'c': '[1, 2]'})
    """
    reader = _Reader(text)
    attributes, blocks = reader.body(end="")
    return Block("", (), 1, text, attributes, blocks)


def object_keys(expression: str) -> dict[str, str]:
    """Keys of an object expression `{ a = x, "b.c" = y }`, and the texts of their values.

    Raises:
        SyntaxProblem: it is no object of plain keys.
    """
    if not (expression.startswith("{") and expression.endswith("}")):
        message = f"not an object: {expression[:40]}"
        raise SyntaxProblem(message)
    reader = _Reader(expression[1:-1])
    found = {}
    while reader.skip():
        key = reader.label()
        reader.skip()
        reader.take("=:")
        found[key] = reader.expression(stops="\n,")
        if reader.skip() and reader.text[reader.at] == ",":
            reader.at += 1
    return found


class _Reader:
    def __init__(self, text: str) -> None:
        self.text, self.at = text, 0

    def skip(self) -> bool:
        """Pass space and comments; whether something follows."""
        if found := _SPACE.match(self.text, self.at):
            self.at = found.end()
        return self.at < len(self.text)

    def line(self, at: int) -> int:
        return self.text.count("\n", 0, at) + 1

    def take(self, allowed: str) -> str:
        if self.at >= len(self.text) or self.text[self.at] not in allowed:
            found = self.text[self.at : self.at + 20]
            message = f"line {self.line(self.at)}: expected one of {allowed!r}, found {found!r}"
            raise SyntaxProblem(message)
        self.at += 1
        return self.text[self.at - 1]

    def label(self) -> str:
        """A name, or a string without what must be evaluated."""
        if self.text[self.at] == '"':
            start = self.at
            self.string()
            return self.text[start + 1 : self.at - 1]
        if found := _NAME.match(self.text, self.at):
            self.at = found.end()
            return found[0]
        message = f"line {self.line(self.at)}: expected a name"
        raise SyntaxProblem(message)

    def string(self) -> None:
        """Pass a string and what it interpolates."""
        self.take('"')
        while self.at < len(self.text):
            two = self.text[self.at : self.at + 2]
            if two[0] == '"':
                self.at += 1
                return
            if two[0] == "\\" or self.text.startswith(("$${", "%%{"), self.at):
                self.at += 2 if two[0] == "\\" else 3
            elif two in {"${", "%{"}:
                self.at += 1
                self.brackets()
            else:
                self.at += 1
        message = "a string does not end"
        raise SyntaxProblem(message)

    def brackets(self) -> None:
        """Pass from an opening bracket past the closing one."""
        closing = _CLOSING[self.take("{[(")]
        self.expression(stops=closing)
        self.take(closing)

    def expression(self, stops: str) -> str:
        """The text up to one of these characters outside of brackets, strings and comments."""
        start = self.at
        while self.at < len(self.text) and self.text[self.at] not in stops:
            here = self.text[self.at]
            if here == '"':
                self.string()
            elif here in _CLOSING:
                self.brackets()
            elif found := _HEREDOC.match(self.text, self.at):
                self.at = found.end()
            elif here in "#/" and (found := _SPACE.match(self.text, self.at)):
                if "\n" in stops:
                    break
                self.at = found.end()
            else:
                self.at += 1
        return self.text[start : self.at].strip()

    def body(self, end: str) -> tuple[dict[str, str], tuple[Block, ...]]:
        attributes: dict[str, str] = {}
        blocks: list[Block] = []
        while self.skip() and self.text[self.at] != end:
            start = self.at
            kind = self.label()
            self.skip()
            if self.text.startswith("=", self.at) and not self.text.startswith("==", self.at):
                self.at += 1
                attributes[kind] = self.expression(stops="\n" + end)
                continue
            labels = []
            while self.skip() and self.text[self.at] != "{":
                labels.append(self.label())
            self.take("{")
            inner, nested = self.body(end="}")
            self.take("}")
            text = self.text[start : self.at]
            blocks.append(Block(kind, tuple(labels), self.line(start), text, inner, tuple(nested)))
        return attributes, tuple(blocks)
