"""`python -m scripts.readme [--check]`: write the generated parts of README.md from the code.

A part stands between `<!-- NAME -->` and `<!-- /NAME -->`; a test holds README to them.
"""

import argparse
import re
import sys
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import Any

from pydantic import BaseModel
from pydantic_core import PydanticUndefined

from flink_jobs.config import JobConfig
from udfs.verdicts.reasons import ReasonCode

README = Path(__file__).resolve().parents[1] / "README.md"
# Endings of a key that are its unit.
UNITS = {"s": "s", "ms": "ms", "usd": "USD", "days": "days", "million": "USD / 10^6 tokens"}


def configuration() -> str:
    """A row for each key of each property group."""
    rows = ["| group | key | default | unit | what |", "|---|---|---|---|---|"]
    for field in JobConfig.model_fields.values():
        group: Any = field.annotation
        if not isinstance(group, type):  # an optional group
            group = next(each for each in group.__args__ if each is not type(None))
        rows += _rows(field.alias or "", group)
    return "\n".join(rows)


def _rows(name: str, group: type[BaseModel]) -> list[str]:
    rows = []
    for key in group.model_fields.values():
        alias = key.alias or ""
        default = "" if key.default is PydanticUndefined else key.default
        shown = "required" if key.is_required() else ("" if default is None else f"`{default}`")
        unit = UNITS.get(alias.rpartition(".")[2], "")
        rows.append(f"| {name} | {alias} | {shown} | {unit} | {key.description or ''} |")
    return rows


def reasons() -> str:
    """The closed list of reason codes."""
    return ", ".join(f"`{code}`" for code in ReasonCode) + "."


PARTS = {"configuration": configuration, "reasons": reasons}


def render(text: str) -> str:
    """The text with its generated parts made anew.

    Raises:
        ValueError: a part has no place in the text.
    """
    for name, make in PARTS.items():
        pattern = re.compile(rf"(<!-- {name} -->\n).*?(\n<!-- /{name} -->)", re.DOTALL)
        if not pattern.search(text):
            message = f"README.md has no part {name}"
            raise ValueError(message)
        # A function as replacement, for the part may hold backslashes.
        text = pattern.sub(partial(_filled, make()), text)
    return text


def _filled(part: str, found: re.Match[str]) -> str:
    return f"{found[1]}{part}{found[2]}"


def main(arguments: Sequence[str] | None = None) -> int:
    """Write, or with --check compare; 1 if README.md is not as it should be."""
    parser = argparse.ArgumentParser(prog="python -m scripts.readme", description=__doc__)
    parser.add_argument("--check", action="store_true", help="compare, do not write")
    options = parser.parse_args(arguments)
    text = README.read_text("utf-8")
    rendered = render(text)
    if options.check:
        return int(rendered != text)
    README.write_text(rendered, "utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
