"""Flink keys that the code sets: the managed service throws on one that it does not list.

Only literals are found, which is how we write them. What `local_settings` gives is for the
MiniCluster of a laptop and is never set on the service.
"""

import ast
import json
from collections.abc import Iterator
from pathlib import Path

LISTED = Path(__file__).with_name("flink_keys.json")
FOLDERS = ("flink_jobs", "udfs")
SETTERS = {"set", "set_string", "set_integer", "set_boolean", "set_float"}


def keys(source: str) -> Iterator[tuple[int, str]]:
    """(line, key) of each Flink key that a module sets by a literal."""
    for node in ast.walk(ast.parse(source)):
        if not (isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute)):
            continue
        first = node.args[0] if len(node.args) == 2 else None
        if node.func.attr in SETTERS and isinstance(first, ast.Constant):
            key = str(first.value)
            if "." in key:
                yield node.lineno, key


def check(root: Path) -> list[str]:
    """Keys that the service does not list."""
    listed = set(json.loads(LISTED.read_text("utf-8"))["keys"])
    return [
        f"{path.relative_to(root)}:{line}: Flink key {key} is not on the service's list"
        for folder in FOLDERS
        for path in sorted((root / folder).rglob("*.py"))
        for line, key in keys(path.read_text("utf-8"))
        if key not in listed
    ]
