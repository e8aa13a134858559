"""What a rule asks of a deal: conditions, combined by all, any and not to any depth."""

from decimal import Decimal
from typing import Annotated, Any, Literal

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Discriminator,
    Field,
    StringConstraints,
    Tag,
    TypeAdapter,
)

from udfs.alerting.text import tokens

# One record of the topic is read whole by every task: a list of a thousand shops is generous.
MAX_NAMES = 1_000
MAX_WORDS = 50
MAX_PARTS = 100
MAX_JSON_LENGTH = 100_000

# Only letters of one line: ids and names travel in lines of text between the stages.
Name = Annotated[
    str,
    StringConstraints(
        strip_whitespace=True, min_length=1, max_length=300, pattern=r"^[^\x00-\x1f\x7f]*$"
    ),
]
Names = Annotated[tuple[Name, ...], Field(max_length=MAX_NAMES)]
Money = Annotated[Decimal, Field(ge=0, max_digits=18, decimal_places=4)]
Ratio = Annotated[float, Field(ge=0, le=1, allow_inf_nan=False)]
State = Literal["new", "open_box", "refurbished", "used", "unknown"]
Verdict = Literal["bargain", "fair", "overpriced", "suspect", "unknown"]


def _must_have_a_token(word: Any) -> Any:
    if isinstance(word, str) and not tokens(word):
        message = "a word needs a letter or a digit"
        raise ValueError(message)
    return word


Word = Annotated[Name, BeforeValidator(_must_have_a_token)]


class Conditions(BaseModel):
    """All that are set must hold. One on a value that the deal lacks neither holds nor fails."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

    words: Annotated[tuple[Word, ...], Field(max_length=MAX_WORDS)] = ()
    categories: Names = ()
    brands: Names = ()
    product_keys: Names = ()
    merchants: Names = ()
    excluded_merchants: Names = ()
    conditions: tuple[State, ...] = ()
    verdicts: tuple[Verdict, ...] = ()
    max_price_usd: Money | None = None
    min_discount_usd: Money | None = None
    min_discount_ratio: Ratio | None = None
    is_below_p10: bool | None = None
    min_days_at_all_time_low: Annotated[int, Field(ge=0, le=36_500)] | None = None
    min_temperature: Annotated[int, Field(ge=-(2**31), lt=2**31)] | None = None
    # Those above are fields of the record, too; those below are only in condition_json.
    target_price_usd: Money | None = None
    max_unit_price_usd: Money | None = None
    min_deal_score: Ratio | None = None
    low_of_days: Literal[7, 30, 90] | None = None

    def is_set(self) -> bool:
        """Whether it asks for anything; one that does not holds for every deal."""
        return any(value not in ((), None) for value in dict(self).values())


RECORD_FIELDS = tuple(Conditions.model_fields)[:14]
"""The conditions that `any_of` of schemas/deals.rules.avsc has."""


class _Combined(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)


def _has_a_part(parts: Any) -> Any:
    # Not min_length: to it, a part with a fault counts as none.
    if not parts:
        message = "needs a part"
        raise ValueError(message)
    return parts


class All(_Combined):
    """Every part must hold."""

    all: Annotated[tuple["Node", ...], Field(max_length=MAX_PARTS), AfterValidator(_has_a_part)]


class AnyOf(_Combined):
    """One part must hold."""

    any: Annotated[tuple["Node", ...], Field(max_length=MAX_PARTS), AfterValidator(_has_a_part)]


class Not(_Combined):
    """The part must fail; where the deal lacks the value it asks for, it does not."""

    not_: Annotated["Node", Field(alias="not")]


def _kind(value: Any) -> str:
    match value:
        case All() | {"all": _}:
            return "<all>"
        case AnyOf() | {"any": _}:
            return "<any>"
        case Not() | {"not": _}:
            return "<not>"
    return "<conditions>"


Node = Annotated[
    Annotated[All, Tag("<all>")]
    | Annotated[AnyOf, Tag("<any>")]
    | Annotated[Not, Tag("<not>")]
    | Annotated[Conditions, Tag("<conditions>")],
    Discriminator(_kind),
]
All.model_rebuild()
AnyOf.model_rebuild()
Not.model_rebuild()
Tree = All | AnyOf | Not | Conditions
_NODE: TypeAdapter[Tree] = TypeAdapter(Node)


def read_tree(text: str) -> Tree:
    """Read a tree from JSON, as `condition_json` of schemas/deals.rules.avsc has it.

    Raises:
        ValidationError: it is no tree.
    """
    return _NODE.validate_json(text, strict=True)


def tree_text(tree: Tree) -> str:
    """Write a tree as `read_tree` reads it."""
    return tree.model_dump_json(exclude_defaults=True, by_alias=True)


def where(location: tuple[int | str, ...]) -> str:
    """Name the place of a fault as in the file, without the kinds of the parts."""
    return ".".join(str(part) for part in location if not str(part).startswith("<"))
