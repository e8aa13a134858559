import io

from models import train
from models.progress import Progress


class Terminal(io.StringIO):
    def isatty(self):
        return True


def test_a_step_that_begins_counts_the_one_before_as_done():
    out = io.StringIO()
    progress = Progress(2, out)
    progress("first")
    progress("second")
    lines = out.getvalue().splitlines()
    assert lines[0].startswith("[........................]   0/2 ")
    assert lines[0].endswith("first")
    assert lines[1].startswith("[############............]   1/2 ")


def test_on_a_terminal_one_line_renews_itself():
    out = Terminal()
    progress = Progress(2, out)
    progress("first")
    assert "\n" not in out.getvalue()
    progress("last")
    assert out.getvalue().endswith("last\n")
    assert out.getvalue().count("\r") == 2


def test_more_steps_than_expected_are_shown_as_well():
    out = io.StringIO()
    progress = Progress(1, out)
    for name in "abc":
        progress(name)
    assert len(out.getvalue().splitlines()) == 3


def test_training_announces_as_many_steps_as_it_has():
    assert train.steps(4, 5) == 5 * 6 + 5 + 7 + 2
