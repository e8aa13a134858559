"""Fixtures of the real components; they start with the first test that asks for them."""

from tests.application import running  # noqa: F401
from tests.stack import endpoints, stack  # noqa: F401
