import re
import shutil
import sys
import zipfile
from pathlib import Path

import pytest

from scripts import package
from scripts.package import JAR_IN_ZIP, PackageError, pins, service_packages, shipped_packages

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def checkout(tmp_path) -> Path:
    """A checkout with this one's code, a small model and a small jar."""
    root = tmp_path / "checkout"
    root.mkdir()
    for name in ("main.py", "pyproject.toml", "requirements.lock", *package.FOLDERS):
        (root / name).symlink_to(ROOT / name)
    # A jar of this test's own stands in for the one that Maven builds.
    (root / "udfs").unlink()
    ignored = shutil.ignore_patterns("java", "__pycache__")
    shutil.copytree(ROOT / "udfs", root / "udfs", ignore=ignored)
    jar = root / package.JAR
    jar.parent.mkdir(parents=True)
    jar.write_bytes(b"a jar")
    (jar.parents[1] / "Source.java").write_text("class Source {}")
    model = root / "models" / "fair-price-v2"
    model.mkdir(parents=True)
    for name in ("model.onnx", "vocabulary.npz", "manifest.json", "estimates.png"):
        (model / name).write_bytes(b"a model")
    (root / "tests").mkdir()
    (root / "tests" / "test_one.py").write_text("")
    return root


@pytest.fixture(autouse=True)
def wheels(monkeypatch):
    """An installer without network, that leaves behind what the real one does."""

    def install(requirements: str, target: Path) -> None:
        for name, text in {
            "boto3/__init__.py": "",
            "boto3/__pycache__/a.pyc": "",
            "boto3-1.dist-info/METADATA": "Name: boto3\n",
            "boto3-1.dist-info/RECORD": "bin/tool,sha256=of-a-machine,1\n",
            "bin/tool": f"#!{sys.executable}\n",
            ".lock": "",
        }.items():
            path = target / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text)

    monkeypatch.setattr(package, "install", install)


def names(output: Path) -> list[str]:
    with zipfile.ZipFile(output) as archive:
        return archive.namelist()


def test_the_zip_has_the_layout_of_the_service(checkout, tmp_path):
    output = tmp_path / "app.zip"
    package.package(output, checkout)
    found = names(output)
    assert {name.split("/")[0] for name in found} == {
        *("main.py", "flink_jobs", "udfs", "schemas", "models", "lib", "dep")
    }
    assert {
        "main.py",
        JAR_IN_ZIP,
        "flink_jobs/application.py",
        "schemas/deals.raw.avsc",
        "schemas/default_rules.json",
        "udfs/flink/judging.py",
        "models/fair-price-v2/vocabulary.npz",
        "dep/boto3/__init__.py",
    } <= set(found)


def test_the_workers_find_udfs_schemas_and_models_in_dep(checkout, tmp_path):
    output = tmp_path / "app.zip"
    package.package(output, checkout)
    found = set(names(output))
    ours = {name for name in found if name.startswith(("udfs/", "schemas/", "models/"))}
    assert ours
    assert {f"dep/{name}" for name in ours} <= found


def test_nothing_of_tests_java_sources_or_the_local_stack_is_shipped(checkout, tmp_path):
    output = tmp_path / "app.zip"
    package.package(output, checkout)
    unwanted = r"(^|/)(tests|local|java|bin|__pycache__)/|\.(java|pyc|png)$|RECORD$|\.lock$"
    assert [name for name in names(output) if re.search(unwanted, name)] == []


def test_the_same_input_gives_the_same_bytes(checkout, tmp_path):
    package.package(tmp_path / "one.zip", checkout)
    (checkout / package.JAR).touch()
    package.package(tmp_path / "two.zip", checkout)
    assert (tmp_path / "one.zip").read_bytes() == (tmp_path / "two.zip").read_bytes()


def test_no_path_of_this_machine_is_inside(checkout, tmp_path):
    output = tmp_path / "app.zip"
    package.package(output, checkout)
    homes = {str(ROOT).encode(), str(checkout).encode(), sys.prefix.encode()}
    with zipfile.ZipFile(output) as archive:
        told = [name for name in archive.namelist() if any(h in archive.read(name) for h in homes)]
    assert told == []


def test_a_missing_jar_is_refused_with_what_to_do(checkout, tmp_path):
    (checkout / package.JAR).unlink()
    with pytest.raises(
        PackageError, match=r"pyflink-dependencies\.jar is missing: run `make build`"
    ):
        package.package(tmp_path / "app.zip", checkout)
    assert not (tmp_path / "app.zip").exists()


def test_a_missing_model_is_refused_with_what_to_do(checkout, tmp_path):
    for path in (checkout / "models" / "fair-price-v2").iterdir():
        path.unlink()
    with pytest.raises(PackageError, match="run `make train`"):
        package.package(tmp_path / "app.zip", checkout)


def test_a_zip_over_the_limit_of_the_service_is_refused(checkout, tmp_path, monkeypatch):
    monkeypatch.setattr(package, "MAX_BYTES", 1000)
    with pytest.raises(PackageError, match="the service takes 1000"):
        package.package(tmp_path / "app.zip", checkout)


def test_a_wheel_over_a_file_of_ours_is_refused(checkout, tmp_path, monkeypatch):
    def install(requirements: str, target: Path) -> None:
        (target / "udfs" / "flink").mkdir(parents=True)
        (target / "udfs" / "flink" / "judging.py").write_text("")

    monkeypatch.setattr(package, "install", install)
    with pytest.raises(
        PackageError, match=r"a wheel holds a file of ours: dep/udfs/flink/judging\.py"
    ):
        package.package(tmp_path / "app.zip", checkout)


def test_the_runtime_and_what_it_brings_is_not_shipped():
    shipped = set(shipped_packages())
    assert shipped & service_packages() == set()
    assert {"apache-flink", "apache-beam", "numpy", "pandas", "pyarrow"} <= service_packages()
    assert {"boto3", "botocore", "onnxruntime", "pydantic-core", "aws-glue-schema-registry"} <= (
        shipped
    )


def test_every_shipped_package_is_pinned_by_hash():
    shipped = shipped_packages()
    pinned = pins((ROOT / "requirements.lock").read_text("utf-8"), shipped)
    lines = [line for line in pinned.splitlines() if line and not line.startswith(" ")]
    assert {line.partition("==")[0] for line in lines} == set(shipped)
    assert all(line.endswith("\\") for line in lines)
    assert pinned.count("--hash=sha256:") >= len(lines)


def test_a_package_that_the_lock_does_not_pin_is_refused():
    with pytest.raises(PackageError, match="does not pin absent: run `make lock`"):
        pins("boto3==1 \\\n    --hash=sha256:00\n", ["absent", "boto3"])


def test_the_size_table_has_a_row_for_each_folder(checkout, tmp_path):
    output = tmp_path / "app.zip"
    package.package(output, checkout)
    table = package.size_table(output)
    assert {"dep", "lib", "models", "main.py", "all"} <= {
        row.split()[0] for row in table.split("\n")
    }


def test_an_import_that_the_package_cannot_serve_is_found(checkout, tmp_path):
    output = tmp_path / "app.zip"
    package.package(output, checkout)
    is_python_of_service = sys.version_info[:2] == (3, 12)
    wrong = "No module named 'pydantic'" if is_python_of_service else "--check needs Python 3.12"
    with pytest.raises(PackageError, match=wrong):
        package.check(output)


def test_the_command_tells_what_is_wrong_in_one_line(checkout, tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(
        package, "package", lambda output: (_ for _ in ()).throw(PackageError("no"))
    )
    assert package.main(["--output", str(tmp_path / "app.zip")]) == 1
    assert capsys.readouterr().err == "no\n"


def test_what_code_reads_beside_itself_is_shipped_with_it():
    shipped = {name for name, _ in package.our_files()}
    for path in (package.ROOT / "udfs").rglob("*"):
        parts = path.relative_to(package.ROOT).parts
        if path.is_file() and parts[1] != "java" and "__pycache__" not in parts:
            assert {"/".join(parts), "/".join(("dep", *parts))} <= shipped
