"""The checks that need no terraform, by name; each takes the top of a checkout."""

from collections.abc import Callable, Iterable
from pathlib import Path

from scripts.infra import contracts, enums, flags, flink_keys, layout, monitoring, policies, schema

ROOT = Path(__file__).resolve().parents[2]
EXTRACT = ROOT / "terraform" / "provider-schema.json.gz"


def sources(tree: Path) -> list[Path]:
    """Terraform's files under a folder."""
    return sorted(path for path in tree.rglob("*.tf") if ".terraform" not in path.parts)


def schema_findings(paths: list[Path]) -> list[schema.Finding]:
    """Findings against the provider's schema; that there is nothing is one."""
    if not any(True for _ in schema.aws_blocks(paths)):
        where = paths[0].parent if paths else Path("terraform")
        return [schema.Finding(where, 1, "terraform", "nothing was checked")]
    return schema.check(schema.load(EXTRACT), paths)


def _of_files(
    check: Callable[[list[Path]], Iterable[schema.Finding]],
) -> Callable[[Path], list[str]]:
    return lambda root: [str(finding) for finding in check(sources(root / "terraform"))]


CHECKS: dict[str, Callable[[Path], list[str]]] = {
    "schema": _of_files(schema_findings),
    "enums": _of_files(enums.check),
    "policies": _of_files(policies.check),
    "flags": _of_files(flags.check),
    "topics": contracts.topics,
    "schemas": contracts.schemas,
    "properties": contracts.properties,
    "jobs": contracts.jobs,
    "metrics": monitoring.renamed,
    "generated": monitoring.stale,
    "runbooks": monitoring.without_page,
    "flink-keys": flink_keys.check,
    "package-layout": layout.check,
}
