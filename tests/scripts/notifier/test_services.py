import io
import logging
import stat

import pytest
from rich.console import Console

from scripts.notifier.messages import Message
from scripts.notifier.services import (
    AppriseService,
    Desktop,
    SendError,
    ServiceError,
    Terminal,
    read_urls,
)
from tests.scripts.notifier.server import serving

MESSAGE = Message("A TV for $9", "half price\nhttps://shop.example/tv")


@pytest.fixture
def hook():
    with serving() as hook:
        yield hook


def test_apprise_sends_the_texts_as_they_are(hook):
    AppriseService(hook.url, 1).send(Message("1 < 2 & *x*", "a\nb"))
    (message,) = hook.messages
    assert (message["title"], message["message"]) == ("1 < 2 & *x*", "a\nb")


def test_a_refusal_says_why_and_no_part_of_the_url(hook, caplog, capsys):
    service = AppriseService(hook.url, 3)
    assert service.name == "service 3 (json)"
    hook.codes.append(503)
    with caplog.at_level(logging.DEBUG), pytest.raises(SendError, match="503") as raised:
        service.send(MESSAGE)
    seen = [str(raised.value), caplog.text, *capsys.readouterr()]
    assert not any("SECRET" in each or str(hook.port) in each for each in seen)


def test_nobody_there_is_a_refusal():
    with pytest.raises(SendError):
        AppriseService("json://127.0.0.1:1/SECRET", 1).send(MESSAGE)


@pytest.mark.parametrize(
    ("url", "name"),
    [
        ("discrod://SECRET-ID/SECRET-TOKEN", r"service 2 \(discrod\)"),
        ("discord://SECRET", r"service 2 \(discord\)"),
        ("SECRET", r"service 2 \(no scheme\)"),
        ("mailto://user:SECRET@", r"service 2 \(mailto\)"),
    ],
)
def test_a_url_that_apprise_does_not_know_is_named_without_its_secrets(url, name, caplog, capsys):
    with pytest.raises(ServiceError, match=name) as raised:
        AppriseService(url, 2)
    assert not any(
        "SECRET" in each for each in (str(raised.value), caplog.text, *capsys.readouterr())
    )


def test_what_apprise_logs_afterwards_is_logged_as_before(hook):
    log = logging.getLogger("apprise")
    before = (log.propagate, log.level, list(log.handlers))
    AppriseService(hook.url, 1).send(MESSAGE)
    assert (log.propagate, log.level, log.handlers) == before


def test_a_pipe_gets_a_line_a_message():
    file = io.StringIO()
    Terminal(file).send(MESSAGE)
    Terminal(file, prefix="would send: ").send(Message("[bold]x[/bold] :tv:", "y"))
    assert file.getvalue() == (
        "A TV for $9  half price  https://shop.example/tv\nwould send: [bold]x[/bold] :tv:  y\n"
    )


def test_a_terminal_gets_colours():
    file = io.StringIO()
    terminal = Terminal(file)
    terminal._console = Console(file=file, force_terminal=True, highlight=False)
    terminal.send(MESSAGE)
    assert "\x1b[1;32mA TV for $9" in file.getvalue()
    assert "\x1b[36m  https://shop.example/tv" in file.getvalue()


@pytest.fixture
def program(tmp_path, monkeypatch):
    """Puts a program where notes are opened; it keeps its arguments."""

    def put(name, code):
        path = tmp_path / name
        path.write_text(f'#!/bin/sh\nprintf "%s|" "$@" > {tmp_path}/seen\nexit {code}\n', "utf-8")
        path.chmod(path.stat().st_mode | stat.S_IXUSR)
        monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")
        return tmp_path / "seen"

    return put


def test_a_desktop_note_takes_the_texts_as_arguments(program):
    seen = program("notify-send", 0)
    Desktop().send(Message("-x; rm $HOME", "b"))
    assert seen.read_text("utf-8") == "--app-name=Deal Finder|--|-x; rm $HOME|b|"


def test_a_mac_gets_its_notes_too(program, monkeypatch, tmp_path):
    seen = program("osascript", 0)
    monkeypatch.setenv("PATH", str(tmp_path))
    Desktop().send(MESSAGE)
    assert seen.read_text("utf-8").endswith("|A TV for $9|half price\nhttps://shop.example/tv|")


def test_a_note_that_does_not_open_is_a_refusal(program):
    program("notify-send", 1)
    with pytest.raises(SendError, match="no note was opened"):
        Desktop().send(MESSAGE)


def test_without_a_desktop_the_user_is_told(monkeypatch):
    monkeypatch.setenv("PATH", "")
    with pytest.raises(ServiceError, match="notify-send"):
        Desktop()


def test_urls_come_from_a_file_too(tmp_path):
    path = tmp_path / "services"
    path.write_text("# mine\n\n  json://a  \njson://b\n", "utf-8")
    assert read_urls(path) == ["json://a", "json://b"]
    with pytest.raises(ServiceError, match="none"):
        read_urls(tmp_path / "none")
