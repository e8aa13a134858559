"""Alert rules as people write them: JSON, checked key by key before it becomes a record."""

from decimal import Decimal
from pathlib import Path
from typing import Annotated, Any, Literal, Self

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    StringConstraints,
    TypeAdapter,
    ValidationError,
    model_validator,
)
from pydantic_core import ErrorDetails

from schemas.definitions import FOLDER

DEFAULT_RULES = FOLDER / "default_rules.json"

Words = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=200)]
# decimal(18, 4)
Usd = Annotated[Decimal, Field(ge=0, max_digits=18, decimal_places=4)]
Verdict = Literal["bargain", "fair", "overpriced", "suspect", "unknown"]
Condition = Literal["new", "open_box", "refurbished", "used", "unknown"]


class InvalidRuleError(ValueError):
    """A rule file is not usable; the message says where and why, a line a fault."""


class _Strict(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)


class Conditions(_Strict):
    """All that are set must hold; see deals.rules.avsc for what each means."""

    words: tuple[Words, ...] = ()
    categories: tuple[Words, ...] = ()
    brands: tuple[Words, ...] = ()
    product_keys: tuple[Words, ...] = ()
    merchants: tuple[Words, ...] = ()
    excluded_merchants: tuple[Words, ...] = ()
    conditions: tuple[Condition, ...] = ()
    verdicts: tuple[Verdict, ...] = ()
    max_price_usd: Usd | None = None
    min_discount_usd: Usd | None = None
    min_discount_ratio: Annotated[float, Field(ge=0, le=1)] | None = None
    is_below_p10: bool | None = None
    min_days_at_all_time_low: Annotated[int, Field(ge=1, le=36_500)] | None = None
    min_temperature: Annotated[int, Field(ge=-(2**31), lt=2**31)] | None = None

    @model_validator(mode="after")
    def _sets_something(self) -> Self:
        if not any(value not in ((), None) for value in self.model_dump().values()):
            message = "sets no condition, so it would match every deal"
            raise ValueError(message)
        return self


class Rule(_Strict):
    """What somebody wants to be told about."""

    rule_id: Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$")]
    name: Words
    is_enabled: bool = True
    any_of: Annotated[tuple[Conditions, ...], Field(max_length=100)]

    @model_validator(mode="after")
    def _can_match(self) -> Self:
        if not self.any_of:
            message = "any_of is empty, so the rule would match nothing"
            raise ValueError(message)
        return self

    def record(self, updated_at: int) -> dict[str, Any]:
        """The rule as a record of deals.rules; `updated_at` in UTC epoch ms."""
        return self.model_dump() | {"updated_at": updated_at}


def read_rules(path: Path) -> list[Rule]:
    """The rules of a JSON file: one object, or a list of them.

    Raises:
        InvalidRuleError: the file cannot be read, or a rule is wrong; names each wrong key.
    """
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        message = f"{path}: {error}"
        raise InvalidRuleError(message) from error
    if not text.lstrip().startswith("["):
        text = f"[{text}]"
    try:
        rules = TypeAdapter(list[Rule]).validate_json(text)
    except ValidationError as error:
        faults = [f"{path}: {_place(fault['loc'])}{_what(fault)}" for fault in error.errors()]
        raise InvalidRuleError("\n".join(faults)) from error
    names = [rule.rule_id for rule in rules]
    if len(set(names)) < len(names):
        message = f"{path}: rule_id must not repeat, but these do: {sorted(names)}"
        raise InvalidRuleError(message)
    return rules


def _what(fault: ErrorDetails) -> str:
    if fault["type"] == "extra_forbidden":
        return "unknown key"
    return fault["msg"].removeprefix("Value error, ")


def _place(location: tuple[int | str, ...]) -> str:
    """(0, "any_of", 1, "max_price_usd") -> "rule 1, any_of.1.max_price_usd: "."""
    if not location:
        return ""
    inner = ".".join(map(str, location[1:]))
    return f"rule {int(location[0]) + 1}{', ' if inner else ''}{inner}: "
