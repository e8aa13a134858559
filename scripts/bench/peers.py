"""The environments of peers whose requirements do not go with ours."""

from pathlib import Path

from local.build import ROOT
from scripts.environments import prepare

REQUIREMENTS = Path(__file__).with_name("quix-requirements.txt")
ENVIRONMENT = ROOT / ".local" / "bench" / "quix-env"


class PeerError(RuntimeError):
    """A peer cannot be installed; the message says why."""


def quix_python() -> str:
    """Python with Quix Streams; its environment is made when it is first needed.

    Raises:
        PeerError: it cannot be made.
    """
    problem = prepare(ENVIRONMENT, REQUIREMENTS)
    if problem is not None:
        message = f"Quix Streams cannot be installed: {problem}"
        raise PeerError(message)
    return str(ENVIRONMENT / "bin" / "python")
