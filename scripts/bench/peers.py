"""The environments of peers whose requirements do not go with ours."""

import subprocess
import sys
from pathlib import Path

from local.build import ROOT

REQUIREMENTS = Path(__file__).with_name("quix-requirements.txt")
ENVIRONMENT = ROOT / ".local" / "bench" / "quix-env"


class PeerError(RuntimeError):
    """A peer cannot be installed; the message says why."""


def quix_python() -> str:
    """Python with Quix Streams; its environment is made when it is first needed.

    Raises:
        PeerError: it cannot be made.
    """
    wanted = REQUIREMENTS.read_text("utf-8")
    mark = ENVIRONMENT / "requirements.txt"
    python = str(ENVIRONMENT / "bin" / "python")
    if mark.is_file() and mark.read_text("utf-8") == wanted:
        return python
    uv = [sys.executable, "-m", "uv"]
    for command in (
        [*uv, "venv", "--quiet", "--clear", "--python", sys.executable, str(ENVIRONMENT)],
        [*uv, "pip", "install", "--quiet", "--python", python, "-r", str(REQUIREMENTS)],
    ):
        done = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603
        if done.returncode:
            message = f"Quix Streams cannot be installed: {done.stderr.strip()[-500:]}"
            raise PeerError(message)
    mark.write_text(wanted, "utf-8")
    return python
