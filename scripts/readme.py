"""`python -m scripts.readme [--check]`: write the generated parts of README.md from the code.

A part stands between `<!-- NAME -->` and `<!-- /NAME -->`; a test holds README to them.
"""

import argparse
import re
import sys
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from pydantic import BaseModel
from pydantic_core import PydanticUndefined

from flink_jobs.config import JobConfig
from udfs.verdicts.evidence import Evidence
from udfs.verdicts.reasons import SENTENCES, ReasonCode, sentence
from udfs.verdicts.similar import similar_products

README = Path(__file__).resolve().parents[1] / "README.md"
# Endings of a key that are its unit.
UNITS = {"s": "s", "ms": "ms", "usd": "USD", "days": "days", "million": "USD / 10^6 tokens"}


def configuration() -> str:
    """A row for each key of each property group."""
    rows = ["| group | key | default | unit | what |", "|---|---|---|---|---|"]
    for field in JobConfig.model_fields.values():
        group: Any = field.annotation
        if not isinstance(group, type):  # an optional group
            group = next(each for each in group.__args__ if each is not type(None))
        rows += _rows(field.alias or "", group)
    return "\n".join(rows)


def _rows(name: str, group: type[BaseModel]) -> list[str]:
    rows = []
    for key in group.model_fields.values():
        alias = key.alias or ""
        default = "" if key.default is PydanticUndefined else key.default
        shown = "required" if key.is_required() else ("" if default is None else f"`{default}`")
        unit = UNITS.get(alias.rpartition(".")[2], "")
        rows.append(f"| {name} | {alias} | {shown} | {unit} | {key.description or ''} |")
    return rows


def reasons() -> str:
    """A row for each reason code, with its sentence about a sample offer."""
    offer = _sample(49.28)
    told = {code: sentence(code, offer, offer.model_usd, 0) for code in SENTENCES}
    for code, price_usd in (
        (ReasonCode.IMPLAUSIBLY_LOW, 4.99),
        (ReasonCode.CONFIRMED_LOW, 4.99),
        (ReasonCode.OVER_USUAL, 79.0),
    ):
        told[code] = sentence(code, _sample(price_usd), offer.model_usd, 0)
    for prices in ([64.0, 80.0, 95.0], []):
        code, told[code] = similar_products([1.0] * len(prices), prices)
    rows = [f"| `{code}` | {code.when} | {told[code]} |" for code in ReasonCode]
    return "\n".join(["| code | when | for example |", "|---|---|---|", *rows])


def _sample(price_usd: float) -> Evidence:
    return Evidence(
        price_usd=np.array([price_usd]),
        list_price_usd=np.array([199.0]),
        previous_price_usd=np.array([64.0]),
        low_90d_usd=np.array([48.0]),
        all_time_low_usd=np.array([48.0]),
        all_time_high_usd=np.array([79.0]),
        typical_usd=np.array([64.0]),
        days_observed=np.array([40.0]),
        condition=np.array(["used"], dtype=object),
        is_expired=np.array([False]),
        is_held=np.array([False]),
        is_repeated=np.array([False]),
        model_usd=np.array([[70.0, 80.0, 95.0]]),
    )


PARTS = {"configuration": configuration, "reasons": reasons}


def render(text: str) -> str:
    """The text with its generated parts made anew.

    Raises:
        ValueError: a part has no place in the text.
    """
    for name, make in PARTS.items():
        pattern = re.compile(rf"(<!-- {name} -->\n).*?(\n<!-- /{name} -->)", re.DOTALL)
        if not pattern.search(text):
            message = f"README.md has no part {name}"
            raise ValueError(message)
        # A function as replacement, for the part may hold backslashes.
        text = pattern.sub(partial(_filled, make()), text)
    return text


def _filled(part: str, found: re.Match[str]) -> str:
    return f"{found[1]}{part}{found[2]}"


def main(arguments: Sequence[str] | None = None) -> int:
    """Write, or with --check compare; 1 if README.md is not as it should be."""
    parser = argparse.ArgumentParser(prog="python -m scripts.readme", description=__doc__)
    parser.add_argument("--check", action="store_true", help="compare, do not write")
    options = parser.parse_args(arguments)
    text = README.read_text("utf-8")
    rendered = render(text)
    if options.check:
        return int(rendered != text)
    README.write_text(rendered, "utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
