"""Who may import whom, and that a job's stages hang together."""

import ast
import re
from pathlib import Path

import pytest

from flink_jobs.config import JobName

ROOT = Path(__file__).resolve().parents[1]
OURS = {"flink_jobs", "udfs", "models", "schemas", "local", "scripts", "main", "tests"}
# Folder -> what of ours, and which engine, its modules may import.
ALLOWED = {
    "udfs": {"udfs"},
    "flink_jobs": {"flink_jobs", "udfs", "schemas", "pyflink"},
    "schemas": {"schemas"},
    "models": {"models", "udfs"},
    "local": {"local"},
    "scripts": {"scripts", "local", "schemas", "models", "flink_jobs", "udfs"},
}
# Who else may import the engine: the jobs' functions, the replay of a history through one, and the
# benchmark, whose peers are of that engine.
SHELLS = (
    ROOT / "udfs" / "flink",
    ROOT / "scripts" / "replay_history",
    ROOT / "scripts" / "bench",
)


def imports(source: str) -> set[str]:
    """First parts of everything that a module imports."""
    found = set()
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            found |= {name.name.split(".")[0] for name in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            found.add(node.module.split(".")[0])
    return found


def forbidden(path: Path, source: str) -> set[str]:
    """What a module imports and must not."""
    allowed = ALLOWED[path.relative_to(ROOT).parts[0]] | (
        {"pyflink"} if any(each in path.parents for each in SHELLS) else set()
    )
    return (imports(source) & (OURS | {"pyflink"})) - allowed


MODULES = sorted(path for folder in ALLOWED for path in (ROOT / folder).rglob("*.py"))


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(ROOT)))
def test_a_module_imports_only_what_its_folder_may(path):
    assert forbidden(path, path.read_text("utf-8")) == set()


def test_the_check_can_fail():
    path = ROOT / "udfs" / "verdicts" / "verdict.py"
    assert forbidden(path, "from pyflink.table import udf\nimport schemas.codec") == {
        "pyflink",
        "schemas",
    }


def test_no_module_is_over_400_lines():
    lines = {path: len(path.read_text("utf-8").splitlines()) for path in MODULES}
    assert {str(path): count for path, count in lines.items() if count > 400} == {}


@pytest.mark.parametrize("job", [name.value for name in JobName])
def test_every_stage_of_a_job_has_a_reader(job):
    module = __import__(f"flink_jobs.{job}", fromlist=["stages"])
    stages = module.stages()
    unread = [
        name
        for name in stages
        if name not in module.SINKS.values()
        and not any(
            re.search(rf"(?:FROM|TABLE)\s+{name}\b", query)
            for other, query in stages.items()
            if other != name
        )
    ]
    assert unread == []
    assert set(module.SINKS.values()) <= set(stages)


def opens_of(source: str) -> list[ast.FunctionDef]:
    """Every method `open` of a module."""
    return [
        node
        for each in ast.walk(ast.parse(source))
        if isinstance(each, ast.ClassDef)
        for node in each.body
        if isinstance(node, ast.FunctionDef) and node.name == "open"
    ]


def begins_with_its_parents(method: ast.FunctionDef) -> bool:
    """Whether the first statement after the docstring is `super().open(...)`."""
    first = method.body[1] if ast.get_docstring(method) else method.body[0]
    return ast.unparse(first).startswith("super().open(")


@pytest.mark.parametrize(
    "path", sorted((ROOT / "udfs" / "flink").glob("*.py")), ids=lambda p: p.stem
)
def test_a_function_of_flink_opens_what_all_of_them_open_first(path):
    methods = opens_of(path.read_text("utf-8"))
    if path.stem != "rows":
        assert [each.lineno for each in methods if not begins_with_its_parents(each)] == []


def test_an_open_of_its_own_alone_is_noticed():
    (method,) = opens_of("class A(OncePerRow):\n    def open(self, c):\n        self.x = 1\n")
    assert not begins_with_its_parents(method)
