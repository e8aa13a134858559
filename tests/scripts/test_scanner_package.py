import re
import sys
import zipfile
from importlib import import_module
from pathlib import Path

import pytest

from scripts import package, scanner_package
from scripts.package import PackageError, pins, required_by
from scripts.scanner.feeds import load_feeds
from tests.scripts.wheels import install_from_here

ROOT = Path(__file__).resolve().parents[2]
FEEDS = '[[feed]]\nname = "shop"\nurl = "https://shop.example.com/feed"\n'


@pytest.fixture
def feeds(tmp_path) -> Path:
    path = tmp_path / "feeds.toml"
    path.write_text(FEEDS)
    return path


@pytest.fixture
def without_wheels(monkeypatch):
    monkeypatch.setattr(scanner_package, "install", lambda requirements, target: None)


def names(output: Path) -> set[str]:
    with zipfile.ZipFile(output) as archive:
        return set(archive.namelist())


def test_the_zip_has_the_scanner_and_nothing_of_the_jobs(without_wheels, feeds, tmp_path):
    output = tmp_path / "scanner.zip"
    scanner_package.package(output, feeds)
    assert {"feeds.toml", "scripts/scanner/function.py", "schemas/deals.raw.avsc"} <= names(output)
    unwanted = (
        r"^udfs/(?!__init__|logs|version)|^(flink_jobs|models|local|tests|terraform)/"
        r"|examples/|__pycache__|^scripts/d"
    )
    assert [name for name in names(output) if re.search(unwanted, name)] == []


def test_the_same_input_gives_the_same_bytes(without_wheels, feeds, tmp_path):
    for name in ("one.zip", "two.zip"):
        scanner_package.package(tmp_path / name, feeds)
        feeds.touch()
    assert (tmp_path / "one.zip").read_bytes() == (tmp_path / "two.zip").read_bytes()


def test_the_handler_that_terraform_names_is_there():
    module, _, function = scanner_package.HANDLER.rpartition(".")
    assert callable(getattr(import_module(module), function))
    terraform = (ROOT / "terraform" / "modules" / "scanner" / "main.tf").read_text()
    assert f'"{scanner_package.HANDLER}"' in terraform
    assert f'"python{package.PYTHON}"' in terraform


def test_all_that_is_shipped_is_pinned():
    wanted = required_by(scanner_package.PACKAGES)
    assert {"botocore", "six", "feedparser-sgmllib"} <= wanted
    assert wanted & {"apache-flink", "numpy", "pandas"} == set()
    pins((ROOT / "requirements.lock").read_text("utf-8"), wanted)


def test_it_imports_with_only_the_zip_on_its_path(feeds, tmp_path, monkeypatch):
    monkeypatch.setattr(scanner_package, "install", install_from_here)
    output = tmp_path / "scanner.zip"
    scanner_package.package(output, feeds)
    if sys.version_info[:2] == (3, 12):
        assert re.fullmatch(r"\d+ modules from the package", scanner_package.check(output))
    else:
        with pytest.raises(PackageError, match=r"--check needs Python 3\.12"):
            scanner_package.check(output)


def test_an_import_that_the_zip_cannot_serve_is_found(without_wheels, feeds, tmp_path):
    output = tmp_path / "scanner.zip"
    scanner_package.package(output, feeds)
    is_python_of_lambda = sys.version_info[:2] == (3, 12)
    with pytest.raises(
        PackageError, match="No module named" if is_python_of_lambda else "--check needs"
    ):
        scanner_package.check(output)


def test_feeds_of_files_are_refused(tmp_path):
    with pytest.raises(PackageError, match="cannot be read in the cloud"):
        scanner_package.package(tmp_path / "x.zip", ROOT / "local" / "feeds.toml")


def test_a_list_of_feeds_that_is_not_there_is_refused(tmp_path):
    with pytest.raises(PackageError, match=r"none\.toml"):
        scanner_package.package(tmp_path / "x.zip", tmp_path / "none.toml")


def test_a_zip_over_the_limit_of_lambda_is_refused(without_wheels, feeds, tmp_path, monkeypatch):
    monkeypatch.setattr(scanner_package, "MAX_UNPACKED_BYTES", 1000)
    with pytest.raises(PackageError, match="Lambda takes 1000"):
        scanner_package.package(tmp_path / "x.zip", feeds)


@pytest.mark.parametrize("arguments", [["--scanner"], ["--feeds", "feeds.toml"]])
def test_scanner_and_feeds_belong_together(arguments, capsys):
    with pytest.raises(SystemExit):
        package.main(arguments)
    assert "--scanner needs --feeds" in capsys.readouterr().err


DOCKERFILE = (ROOT / "scripts" / "scanner" / "Dockerfile").read_text()


def test_the_image_holds_the_zip_and_nothing_else_of_the_clone():
    place = scanner_package.OUTPUT.relative_to(ROOT)
    from_clone = re.findall(r"^COPY (?!--from)(\S+)", DOCKERFILE, re.MULTILINE)
    assert from_clone == [str(place)]
    assert (ROOT / ".dockerignore").read_text().split() == ["*", f"!{place}"]


def test_the_image_runs_the_scanner_as_nobody_on_the_python_of_the_wheels():
    assert '"scripts.scan_feeds"' in DOCKERFILE
    # The command of the task takes the place of the image's: no entry point stands before it.
    assert "ENTRYPOINT" not in DOCKERFILE
    assert re.search(r"^USER (?!root|0)\S+", DOCKERFILE, re.MULTILINE)
    versions = set(re.findall(r"^FROM \S+?:(\d+\.\d+)", DOCKERFILE, re.MULTILINE))
    assert versions == {package.PYTHON}


def test_the_example_of_feeds_is_one_for_the_cloud():
    example = ROOT / "scripts" / "scanner" / "feeds.example.toml"
    assert all(feed.is_remote for feed in load_feeds(example))
