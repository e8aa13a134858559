import io

from rich.console import Console

from local.progress import PlainProgress, TerminalProgress, progress_for


def test_a_pipe_gets_a_line_when_a_step_begins_and_one_when_it_ends():
    out = io.StringIO()
    with progress_for(out) as progress:
        progress.started("kafka", "starting Kafka")
        progress.done("kafka", 2.34, "127.0.0.1:19092")
        progress.failed("aws", 1)

    assert out.getvalue().splitlines() == [
        "kafka: starting Kafka ...",
        "kafka: done in 2.3 s, 127.0.0.1:19092",
        "aws: FAILED after 1.0 s",
    ]


def test_signs_of_life_in_a_pipe_are_rare():
    out = io.StringIO()
    progress = PlainProgress(out, every_s=3600)
    progress.started("kafka", "building")
    for _ in range(100):
        progress.alive("kafka", "at it")
    assert out.getvalue() == "kafka: building ...\n"


def test_signs_of_life_in_a_pipe_come_when_it_is_time():
    out = io.StringIO()
    progress = PlainProgress(out, every_s=0)
    progress.started("kafka", "building")
    progress.alive("kafka", "7 files fetched")
    assert out.getvalue().endswith("kafka: 7 files fetched\n")


def test_a_terminal_keeps_a_line_of_each_step_that_ended():
    out = io.StringIO()
    with TerminalProgress(Console(file=out, force_terminal=True, width=100)) as progress:
        progress.started("kafka", "starting")
        progress.alive("kafka", "at it")
        progress.started("aws", "starting [AWS]")
        progress.done("kafka", 2.0, "[127.0.0.1]")
        progress.failed("aws", 1.0)
    shown = out.getvalue()
    assert "✓" in shown
    assert "starting [AWS]" in shown
    assert "[127.0.0.1]" in shown  # not taken for markup
    assert "✗" in shown
    assert shown.rindex("\x1b[?25h") > shown.rindex("\x1b[?25l")  # the cursor is back
