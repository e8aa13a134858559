import re
import shutil
import subprocess
from pathlib import Path

MODULE = Path(__file__).resolve().parents[3] / "udfs" / "java"


def test_the_tests_of_the_jvm_module_pass():
    maven = shutil.which("mvn")
    assert maven, "Maven is a prerequisite"
    run = subprocess.run(
        [maven, "-B", "-f", str(MODULE / "pom.xml"), "test"],
        capture_output=True,
        text=True,
        timeout=900,
        check=False,
    )
    assert run.returncode == 0, run.stdout[-5000:]
    totals = re.findall(r"Tests run: (\d+), Failures: 0, Errors: 0, Skipped: 0", run.stdout)
    assert totals, run.stdout[-5000:]
    assert int(totals[-1]) >= 120
