"""The local stack as pytest fixtures, shared by all tests that need real components.

`tests/conftest.py` imports `stack` and `endpoints`. The components are processes of their own: the
fixture ends them when the session ends, and `atexit` does when pytest stops before that. Only a
pytest that is killed outright (SIGKILL) leaves them behind; `python -m local down --home FOLDER`
ends them, with the folder `stack0` below pytest's temporary one.
"""

import atexit
import sys
from collections.abc import Iterator

import pytest

from local.build import STACK_STEPS, build
from local.ports import Ports
from local.progress import PlainProgress
from local.stack import Endpoints, Stack


@pytest.fixture(scope="session")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """A running stack of this session's own, on free ports; a missing jar is built, not skipped."""
    build(PlainProgress(sys.stderr), STACK_STEPS)
    stack = Stack(tmp_path_factory.mktemp("stack"), Ports.free())
    atexit.register(stack.down)
    try:
        stack.up(PlainProgress(sys.stderr))
        yield stack
    finally:
        stack.down()
        atexit.unregister(stack.down)


@pytest.fixture(scope="session")
def endpoints(stack: Stack) -> Endpoints:
    """Where the session's components answer."""
    return stack.endpoints()
