import fcntl
import io
import threading
import time

import pytest

from local import build as subject
from local.build import Step, build, is_built
from local.maven import MavenError, run_maven
from local.progress import PlainProgress, Progress


@pytest.fixture
def maven(tmp_path, monkeypatch):
    """Puts a Maven of the test's own first on the PATH; returns how to script it."""
    folder = tmp_path / "bin"
    folder.mkdir()
    monkeypatch.setenv("PATH", str(folder), prepend=":")
    monkeypatch.setattr(subject, "JARS", tmp_path / "jars")
    monkeypatch.setattr(subject, "LOGS", tmp_path / "logs")

    def script(text):
        (folder / "mvn").write_text(
            f'#!/bin/sh\necho "$@" >> {tmp_path}/calls\n'
            f'for word; do case $word in -Djars=*) jars="${{word#-Djars=}}";; esac; done\n{text}\n'
        )
        (folder / "mvn").chmod(0o755)

    script('mkdir -p "$jars/lib" "$jars/build"; echo jar > "$jars/lib/a.jar"')
    return script


@pytest.fixture
def calls(tmp_path):
    """How often Maven ran."""
    path = tmp_path / "calls"
    return lambda: len(path.read_text().splitlines()) if path.exists() else 0


@pytest.fixture
def step(tmp_path):
    project = tmp_path / "project"
    (project / "src" / "main").mkdir(parents=True)
    (project / "pom.xml").write_text("<project/>")
    (project / "src" / "main" / "A.java").write_text("class A {}")
    return Step("thing", "the thing", project, tmp_path / "jars" / "thing")


def test_a_build_leaves_the_jars_and_nothing_of_the_way_there(maven, step, tmp_path):
    build(Progress(), [step])
    assert (step.output / "lib" / "a.jar").read_text() == "jar\n"
    assert not (step.output / "build").exists()
    assert not list((tmp_path / "jars").glob("*.partial"))
    assert is_built([step])


def test_what_is_up_to_date_is_not_built_again(maven, step, calls):
    out = io.StringIO()
    build(Progress(), [step])
    build(PlainProgress(out), [step])
    assert calls() == 1
    assert out.getvalue() == "thing: done in 0.0 s, up to date\n"


def test_a_changed_source_is_built_again(maven, step, calls):
    build(Progress(), [step])
    (step.project / "src" / "main" / "A.java").write_text("class A { int b; }")
    assert not is_built([step])
    build(Progress(), [step])
    assert calls() == 2


def test_a_changed_test_or_target_is_no_reason_to_build(maven, step, calls):
    build(Progress(), [step])
    for name in ("src/test/ATest.java", "target/generated/B.java"):
        (step.project / name).parent.mkdir(parents=True)
        (step.project / name).write_text("class B {}")
    build(Progress(), [step])
    assert calls() == 1


def test_a_deleted_jar_is_built_again(maven, step, calls):
    build(Progress(), [step])
    (step.output / "lib" / "a.jar").unlink()
    build(Progress(), [step])
    assert calls() == 2


def test_a_failure_shows_the_errors_and_where_the_log_is(maven, step, tmp_path):
    maven("echo '[INFO] fine'; echo '[ERROR] no such artifact: x:y:1'; exit 1")
    with pytest.raises(MavenError) as failure:
        build(Progress(), [step])
    assert "Maven ended with 1" in str(failure.value)
    assert "no such artifact: x:y:1" in str(failure.value)
    assert "fine" not in str(failure.value)
    assert str(tmp_path / "logs" / "build-thing.log") in str(failure.value)


def test_a_failed_build_leaves_the_earlier_jars_but_is_not_up_to_date(maven, step):
    build(Progress(), [step])
    (step.project / "pom.xml").write_text("<project><!-- new --></project>")
    maven("exit 1")
    with pytest.raises(MavenError):
        build(Progress(), [step])
    assert (step.output / "lib" / "a.jar").exists()
    assert not is_built([step])


def test_a_broken_download_is_tried_once_more(maven, step, calls):
    maven("echo '[ERROR] Could not transfer artifact x'; exit 1")
    with pytest.raises(MavenError):
        build(Progress(), [step])
    assert calls() == 2


def test_a_compile_error_is_not_tried_again(maven, step, calls):
    maven("echo '[ERROR] cannot find symbol'; exit 1")
    with pytest.raises(MavenError):
        build(Progress(), [step])
    assert calls() == 1


def test_maven_that_forgets_the_application_jar_is_a_failure(maven, step, tmp_path):
    application = Step("app", "the app", step.project, tmp_path / "target" / "app.jar")
    maven("exit 0")
    with pytest.raises(FileNotFoundError, match=r"app\.jar is missing"):
        build(Progress(), [application])
    assert not is_built([application])


def test_an_application_jar_built_by_hand_is_noticed(maven, step, tmp_path, calls):
    jar = tmp_path / "target" / "app.jar"
    application = Step("app", "the app", step.project, jar)
    maven(f"mkdir -p {jar.parent}; echo jar > {jar}")
    build(Progress(), [application])
    jar.write_text("another jar\n")
    build(Progress(), [application])
    assert calls() == 2


def test_progress_says_what_maven_fetches(maven, tmp_path):
    maven(
        f"echo 'Downloaded from central: https://example.org/a/b-1.jar (2 kB)'\n"
        f"while [ ! -e {tmp_path}/seen ]; do sleep 0.05; done"
    )
    notes = []

    def alive(note):
        notes.append(note)
        if "b-1.jar" in note:
            (tmp_path / "seen").touch()

    run_maven(["mvn"], tmp_path / "log", alive, threading.Event())
    assert any("1 files fetched, last b-1.jar" in note for note in notes)


def test_a_cancelled_build_ends_maven(maven, tmp_path):
    maven("exec sleep 60")
    cancelled = threading.Event()
    began_s = time.monotonic()
    with pytest.raises(MavenError):
        run_maven(["mvn"], tmp_path / "log", lambda _: cancelled.set(), cancelled)
    assert time.monotonic() - began_s < 30


def test_a_second_build_waits_for_the_first(maven, step, tmp_path):
    (tmp_path / "jars").mkdir()
    waits = threading.Event()

    class Watch(Progress):
        def started(self, step, what):
            if what.startswith("waiting"):
                waits.set()

    with (tmp_path / "jars" / ".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        second = threading.Thread(target=build, args=(Watch(), [step]))
        second.start()
        assert waits.wait(20)
        assert not step.output.exists()
    second.join(20)
    assert is_built([step])


def test_the_real_steps_have_the_inputs_they_need():
    names = {step.name: {path.name for path in step.inputs()} for step in subject.STEPS}
    assert names["kafka"] >= {"pom.xml"}
    assert names["opensearch"] >= {"pom.xml", "SearchNode.java"}
    assert "pom.xml" in names["application"]
