import subprocess
import sys
import time

import pytest

from scripts.bench.metering import Meter, Sample, tree

# Burns CPU in a child of its own, then waits.
BUSY = """
import subprocess, sys, time
child = subprocess.Popen([sys.executable, "-c",
    "import time; end = time.process_time() + 0.6\\nwhile time.process_time() < end: pass"])
child.wait()
print("done", flush=True)
time.sleep(60)
"""


@pytest.fixture
def busy():
    command = [sys.executable, "-c", BUSY]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        yield process
        process.kill()


def test_cpu_of_a_child_that_has_ended_still_counts(busy):
    meter = Meter(busy.pid)
    meter.start()
    assert busy.stdout.readline() == "done\n"
    time.sleep(0.3)
    meter.stop()
    spent_s = sum(meter.samples[-1].cpu_s.values())
    assert spent_s > 0.3  # it is seen four times a second
    assert meter.peak_rss_bytes > 5_000_000
    assert tree(busy.pid) == [busy.pid]


def test_between_two_samples_time_is_shared_out():
    meter = Meter(1)
    meter.samples = [
        Sample(10.0, {"jvm": 1.0}, 5),
        Sample(12.0, {"jvm": 3.0, "program": 1.0}, 7),
    ]
    assert meter.cpu_s(11.0) == {"jvm": 2.0, "program": 0.5}
    assert meter.cpu_s(9.0) == {"jvm": 1.0}
    assert meter.cpu_s(13.0) == {"jvm": 3.0, "program": 1.0}
    assert meter.peak_rss_bytes == 7
