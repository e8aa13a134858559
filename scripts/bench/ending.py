"""What a measurement has started ends with it, also when it is told to end."""

import signal
import sys
from types import FrameType


def end_in_order() -> None:
    """Let SIGTERM run what `finally` holds: stack, jobs and Python workers end, too."""
    signal.signal(signal.SIGTERM, _end)


def _end(_number: int, _frame: FrameType | None) -> None:
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    sys.exit(143)
