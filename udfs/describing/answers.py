"""An answer of the model, believed only after checks."""

import re
import unicodedata
from collections.abc import Mapping
from decimal import Decimal
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, StringConstraints, ValidationError, field_validator

from udfs.describing.amounts import invented, numbers_in
from udfs.describing.facts import Facts
from udfs.describing.scraped import DOMAIN_DOT, LINK, MARKUP, TAG, gives_orders

MIN_CHARS, MAX_CHARS = 20, 450
MIN_SENTENCES, MAX_SENTENCES = 2, 3
# Where one sentence ends and another begins: "5.1 sound" and "approx. half" are neither.
SENTENCE_END = re.compile(r"[.!?][\"')]?\s+(?=[^\sa-z])")


class AnswerError(ValueError):
    """The answer may not be shown; says why, without the answer."""


class ToolInput(BaseModel):
    """What the forced tool must be called with."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True, strict=True)

    description: Annotated[
        str,
        StringConstraints(strip_whitespace=True, min_length=MIN_CHARS, max_length=MAX_CHARS),
    ]

    @field_validator("description")
    @classmethod
    def _is_plain(cls, text: str) -> str:
        problem = not_plain(text)
        if problem:
            raise ValueError(problem)
        return text


def not_plain(text: str) -> str | None:
    """Say what in the text is more than words, or None."""
    if any(unicodedata.category(character)[0] in "CZ" and character != " " for character in text):
        return "control characters or line breaks"
    shape = unicodedata.normalize("NFKC", text)
    if LINK.search(shape) or DOMAIN_DOT.search(shape):
        return "a link"
    if MARKUP.search(shape) or TAG.search(shape):
        return "mark-up"
    if gives_orders(shape):
        return "an order"
    return None


def checked(tool_input: Mapping[str, Any] | None, facts: Facts) -> str:
    """Take the description out of a tool call, if it may be shown.

    Args:
        tool_input: The input of the forced tool; None if the model did not call it.
        facts: What it was given.

    Returns:
        The description: two or three sentences of plain words, every number one of the facts', the
        price among them.

    Raises:
        AnswerError: anything else.
    """
    if tool_input is None:
        message = "the tool was not called"
        raise AnswerError(message)
    try:
        text = ToolInput.model_validate(dict(tool_input)).description
    except ValidationError as error:
        message = "; ".join(mistake["msg"] for mistake in error.errors(include_input=False))
        raise AnswerError(message) from None
    number = invented(text, facts)
    if number:
        message = f"a number that is no fact: {number}"
        raise AnswerError(message)
    price = facts.get("price_usd")
    if price is not None and Decimal(price) and Decimal(price) not in _values(text):
        message = "the price is not named"
        raise AnswerError(message)
    count = sentences(text, facts)
    if not MIN_SENTENCES <= count <= MAX_SENTENCES:
        message = f"{count} sentences"
        raise AnswerError(message)
    return text


def sentences(text: str, facts: Facts) -> int:
    """Count the sentences; the full stops within names of the facts end none.

    >>> sentences("Dr. Martens cost $99.50. Lowest in 90 days!", {"title": "Dr. Martens"})
    2
    """
    for name in ("title", "merchant"):
        text = text.replace(str(facts.get(name) or "\0"), "It")
    return len(SENTENCE_END.findall(text)) + 1


def _values(text: str) -> set[Decimal]:
    return {number.value for number in numbers_in(text)}
