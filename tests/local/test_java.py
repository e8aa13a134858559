import pytest

from local import java
from local.java import PrerequisiteError, java_command, java_major, maven_command


@pytest.fixture
def bare(monkeypatch, tmp_path):
    """A machine with nothing on its PATH but what the test puts there."""
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.delenv("JAVA_HOME", raising=False)
    java_command.cache_clear()
    yield tmp_path
    java_command.cache_clear()


def program(path, text):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"#!/bin/sh\n{text}\n")
    path.chmod(0o755)


@pytest.mark.parametrize(
    ("printed", "major"),
    [
        ('openjdk version "17.0.15" 2025-04-15', 17),
        ('java version "1.8.0_392"', 8),
        ('openjdk version "25" 2025-09-16', 25),
        ("no such thing", None),
    ],
)
def test_the_major_version_is_read(printed, major):
    assert java_major(printed) == major


def test_a_missing_java_is_said_with_what_to_install(bare):
    with pytest.raises(PrerequisiteError, match="no java on the PATH: install a JDK 17"):
        java_command()


def test_an_old_java_is_refused(bare):
    program(bare / "java", "echo 'java version \"11.0.2\"' >&2")
    with pytest.raises(PrerequisiteError, match="is Java 11, need 17"):
        java_command()


def test_java_home_wins_over_the_path(bare, monkeypatch):
    program(bare / "java", "exit 1")
    program(bare / "jdk" / "bin" / "java", "echo 'openjdk version \"21.0.1\"' >&2")
    monkeypatch.setenv("JAVA_HOME", str(bare / "jdk"))
    assert java_command() == str(bare / "jdk" / "bin" / "java")


def test_a_missing_maven_is_said_with_what_to_install(bare):
    with pytest.raises(PrerequisiteError, match="no mvn on the PATH: install Maven"):
        maven_command()


def test_a_runtime_without_compiler_is_said(bare):
    program(bare / "mvn", "exit 0")
    with pytest.raises(PrerequisiteError, match="java without javac"):
        maven_command()


def test_the_oldest_java_is_the_one_of_the_platform():
    assert java.OLDEST_JAVA == 17  # Managed Service for Apache Flink 2.2 runs Java 17
