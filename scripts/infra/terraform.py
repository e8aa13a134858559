"""Terraform's own checks, in a copy of the tree, with whatever AWS provider can be had here."""

import json
import os
import re
import shutil
import subprocess
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from scripts.infra import standin
from scripts.infra.outcome import Outcome

PROVIDER = Path("registry.terraform.io/hashicorp/aws")
MIRROR_VARIABLE = "DEAL_FINDER_PROVIDER_MIRROR"
# Where terraform looks for a mirror by itself, and where images tend to have one.
MIRRORS = (
    "~/.terraform.d/plugins",
    "/usr/local/share/terraform/plugins",
    "/usr/share/terraform/plugins",
    "/opt/*",
)
CONSTRAINT = re.compile(r'(source\s*=\s*"hashicorp/aws".*?version\s*=\s*)"([^"]*)"', re.DOTALL)
# The newest runtime that providers before 6.40 know.
OLD_RUNTIME = "FLINK-1_20"
_INIT_S, _RUN_S = 300, 600


@dataclass(frozen=True)
class Mirror:
    """A folder with unpacked providers, and the newest AWS provider in it."""

    folder: Path
    version: str


def find_mirror(platform: str, environ: Mapping[str, str] = os.environ) -> Mirror | None:
    """The mirror with the newest AWS provider for a platform such as linux_amd64."""
    named = environ.get(MIRROR_VARIABLE)
    found = []
    for pattern in [named] if named else MIRRORS:
        path = Path(pattern).expanduser()
        for folder in Path(path.anchor).glob(str(path.relative_to(path.anchor))):
            versions = (folder / PROVIDER).glob(f"*/{platform}")
            found += [Mirror(folder, each.parent.name) for each in versions]
    return max(found, key=lambda mirror: _numbers(mirror.version), default=None)


def loosened(text: str, version: str) -> str:
    """Module text whose lower bound on the AWS provider admits an older version.

    >>> loosened('source = "hashicorp/aws", version = ">= 6.40"', "5.100.0")
    'source = "hashicorp/aws", version = ">= 5.100.0"'
    """

    def replace(found: re.Match[str]) -> str:
        is_older = _numbers(version) < _numbers(found[2])
        return f'{found[1]}">= {version}"' if is_older else found[0]

    return CONSTRAINT.sub(replace, text)


def _numbers(version: str) -> tuple[int, ...]:
    return tuple(int(number) for number in re.findall(r"\d+", version))


def modules(root: Path) -> list[Path]:
    """Folders under terraform/ that terraform can be run in, deepest dependencies first."""
    folders = {path.parent for path in root.rglob("versions.tf")}
    return sorted(folders, key=lambda folder: ("environments" in folder.parts, folder))


def run(tree: Path, schemas: Path, scratch: Path) -> Iterator[Outcome]:
    """Check format, validity and tests of each module.

    Args:
        tree: terraform/.
        schemas: schemas/, which modules read.
        scratch: an empty folder; a copy is changed there, the tree is not.

    Yields:
        An outcome for each command, as soon as it is known.
    """
    binary = shutil.which("terraform")
    if binary is None:
        yield Outcome(
            "terraform",
            is_good=None,
            output="no terraform binary: fmt, validate and test are not run",
        )
        return
    config = scratch / "cli.tfrc"
    config.write_text("", "utf-8")
    environ = {**os.environ, "TF_CLI_CONFIG_FILE": str(config), "TF_IN_AUTOMATION": "1"}
    yield _command("fmt", [binary, "fmt", "-check", "-diff", "-recursive"], tree, environ)
    platform = json.loads(
        subprocess.run(  # noqa: S603
            [binary, "version", "-json"], env=environ, capture_output=True, check=True
        ).stdout
    )["platform"]
    mirror = find_mirror(platform)
    copy = scratch / "terraform"
    shutil.copytree(tree, copy, ignore=shutil.ignore_patterns(".terraform*", "*.tfstate*"))
    shutil.copytree(schemas, scratch / "schemas", ignore=shutil.ignore_patterns("__pycache__"))
    if mirror is not None:
        config.write_text(
            f'provider_installation {{\n  filesystem_mirror {{\n    path = "{mirror.folder}"\n'
            "  }\n}\n",
            "utf-8",
        )
        for path in copy.rglob("versions.tf"):
            path.write_text(loosened(path.read_text("utf-8"), mirror.version), "utf-8")
        if _numbers(mirror.version) < (6, 40):
            environ["TF_VAR_runtime_environment"] = OLD_RUNTIME
        yield Outcome("provider", is_good=True, output=f"AWS provider {mirror.version} of a mirror")
    for folder in modules(copy):
        name = str(folder.relative_to(copy))
        begun = _command(f"init {name}", [binary, "init", "-backend=false"], folder, environ)
        if not begun.is_good and mirror is None and folder == modules(copy)[0]:
            said = "no mirror has the AWS provider and the registry gives none: not validated"
            yield Outcome("provider", is_good=None, output=f"{said}\n{begun.output}")
            return
        if not begun.is_good:
            yield begun
            continue
        yield _command(f"validate {name}", [binary, "validate"], folder, environ)
        yield _command(f"test {name}", [binary, "test"], folder, environ)
    yield from standin.run(binary, copy, environ)


def _command(name: str, command: list[str], folder: Path, environ: dict[str, str]) -> Outcome:
    if command[1] != "fmt":
        command = [*command, "-no-color"]
    limit_s = _INIT_S if command[1] == "init" else _RUN_S
    try:
        done = subprocess.run(  # noqa: S603
            command,
            cwd=folder,
            env=environ,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=limit_s,
            check=False,
        )
    except subprocess.TimeoutExpired:
        return Outcome(name, is_good=False, output=f"no end after {limit_s} s")
    has_no_tests = command[1] == "test" and "Success! 0 passed" in done.stdout
    return Outcome(name, done.returncode == 0 and not has_no_tests, done.stdout.strip())
