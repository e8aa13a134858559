import subprocess
import sys

from local.build import ROOT

PROGRAM = """
import time
from scripts.bench.ending import end_in_order
end_in_order()
try:
    print("begun", flush=True)
    time.sleep(60)
finally:
    print("all ended", flush=True)
"""


def test_what_was_started_ends_when_a_measurement_is_told_to_end():
    process = subprocess.Popen(
        [sys.executable, "-c", PROGRAM], stdout=subprocess.PIPE, text=True, cwd=ROOT
    )
    assert process.stdout.readline() == "begun\n"
    process.terminate()
    said, _ = process.communicate(timeout=60)
    assert (said, process.returncode) == ("all ended\n", 143)
