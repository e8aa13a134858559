"""Virtual environments of tools whose requirements do not go with ours, made when needed."""

import subprocess
import sys
from pathlib import Path

INSTALL_S = 600


def prepare(environment: Path, requirements: Path) -> str | None:
    """Make an environment, or leave it as it is where the requirements are still the same.

    Args:
        environment: Its folder; `bin/python` in it is the interpreter.
        requirements: File of what pip is to install.

    Returns:
        Why that failed, or None.
    """
    wanted = requirements.read_text("utf-8")
    mark = environment / "requirements.txt"
    if mark.is_file() and mark.read_text("utf-8") == wanted:
        return None
    uv = [sys.executable, "-m", "uv"]
    python = str(environment / "bin" / "python")
    commands = [
        [*uv, "venv", "--quiet", "--clear", "--python", sys.executable, str(environment)],
        [*uv, "pip", "install", "--quiet", "--python", python, "-r", str(requirements)],
    ]
    for command in commands:
        try:
            done = captured(command, INSTALL_S)
        except subprocess.TimeoutExpired:
            return f"no end after {INSTALL_S} s"
        if done.returncode:
            return done.stderr.strip().splitlines()[-1] if done.stderr.strip() else "uv failed"
    mark.write_text(wanted, "utf-8")
    return None


def captured(command: list[str], limit_s: int) -> "subprocess.CompletedProcess[str]":
    """Run uv or a tool of an environment, and keep what it says.

    Raises:
        subprocess.TimeoutExpired: it did not end in time.
    """
    return subprocess.run(  # noqa: S603 - our own commands
        command, capture_output=True, text=True, timeout=limit_s, check=False
    )
