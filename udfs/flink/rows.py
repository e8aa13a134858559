"""What the shells share: one call a row, row types, and values fit for Arrow."""

from collections.abc import Mapping
from pathlib import Path

import pandas as pd
from pyflink.table.udf import FunctionContext, ScalarFunction

from udfs.logs import log_as_json

# Where the tasks have unpacked the application: udfs/ and models/ are side by side there.
CODE_ROOT = Path(__file__).resolve().parents[2]
# Lists cross from Python to SQL as text: SPLIT makes them arrays again.
SEPARATOR = "\n"


class OncePerRow(ScalarFunction):  # type: ignore[misc]  # pyflink publishes no types
    """A function that the planner calls once, however many columns use its result."""

    def open(self, _context: FunctionContext) -> None:
        """Write logs as JSON; what a function opens comes after."""
        log_as_json()

    def is_deterministic(self) -> bool:
        """Not a claim about the rules: it keeps the planner from repeating the call."""
        return False


def row_type(fields: Mapping[str, str]) -> str:
    """An SQL row type."""
    return "ROW<" + ", ".join(f"`{name}` {type_}" for name, type_ in fields.items()) + ">"


def nullable(frame: pd.DataFrame) -> pd.DataFrame:
    """The same values as objects with None: Arrow refuses pandas' own nullable types here."""
    return frame.astype(object).where(frame.notna(), None)
