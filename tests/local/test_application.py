"""How main.py is started; that its jobs run is seen where they do."""

from local.application import Application
from local.java import LATE_C2
from local.stack import Stack
from tests.local.test_processes import await_true


def test_the_jvm_compiles_late_and_options_of_the_caller_come_last(tmp_path, monkeypatch):
    monkeypatch.setenv("JVM_ARGS", "-Xmx1g -XX:Tier4InvocationThreshold=7")
    program = tmp_path / "program.py"
    program.write_text("import os\nprint(os.environ['JVM_ARGS'], flush=True)\n", "utf-8")
    application = Application(tmp_path, Stack(tmp_path / "stack").endpoints(), {}, program)
    application.launch()
    await_true(lambda: not application.is_alive(), "the program ends")
    assert application.log.read_text("utf-8").split() == [
        *LATE_C2,
        "-Xmx1g",
        "-XX:Tier4InvocationThreshold=7",
    ]
