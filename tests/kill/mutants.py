"""Deliberately broken builds: a patch each in mutants/, applied to a copy of the code."""

import shutil
import subprocess
import zipfile
from pathlib import Path

from local.build import APPLICATION_JAR, ROOT
from local.java import java_command
from scripts import package
from tests.scripts.cluster import FLINK_HOME

PATCHES = ROOT / "tests" / "kill" / "mutants"


def broken_build(patch: Path, root: Path) -> Path:
    """A copy of the code under `root` with a patch in it; changed Java is in its jar.

    Raises:
        subprocess.CalledProcessError: the patch does not fit the code any more, or what it makes
            does not compile.
    """
    for name, path in package.our_files(ROOT):
        if not name.startswith(("dep/", "lib/")):
            _copy(path, root / name)
    for path in (ROOT / "udfs" / "java" / "src").rglob("*.java"):
        _copy(path, root / path.relative_to(ROOT))
    jar = root / package.JAR
    _copy(APPLICATION_JAR, jar)
    git = shutil.which("git") or "git"
    _run([git, "apply", "-C1", "-p1", str(patch)], root)
    changed = [
        line.removeprefix("+++ b/")
        for line in patch.read_text("utf-8").splitlines()
        if line.startswith("+++ b/") and line.endswith(".java")
    ]
    if changed:
        _compile([root / name for name in changed], jar, root)
    return root


def _compile(sources: list[Path], jar: Path, root: Path) -> None:
    compiler = Path(java_command()).with_name("javac")
    libraries = [str(path) for path in (FLINK_HOME / "lib").glob("*.jar")]
    classes = root / "classes"
    command = [str(compiler), "--release", "17", "-parameters", "-nowarn", "-d", str(classes)]
    command += ["-cp", ":".join([str(jar), *libraries]), *map(str, sources)]
    _run(command, root)
    made = {str(path.relative_to(classes)): path for path in classes.rglob("*.class")}
    patched = jar.with_suffix(".patched")
    with zipfile.ZipFile(jar) as old, zipfile.ZipFile(patched, "w", zipfile.ZIP_DEFLATED) as new:
        for entry in old.infolist():
            if entry.filename not in made:
                new.writestr(entry, old.read(entry))
        for name, path in made.items():
            new.write(path, name)
    patched.replace(jar)


def _run(command: list[str], folder: Path) -> None:
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    assert done.returncode == 0, f"{command[:3]}: {done.stdout}{done.stderr}"


def _copy(source: Path, target: Path) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(source, target)
