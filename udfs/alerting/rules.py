"""Alert rules as frozen, validated values; schemas/deals.rules.avsc says what a field means."""

from collections.abc import Mapping
from datetime import datetime
from functools import cached_property
from typing import Annotated, Any

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    StringConstraints,
    ValidationError,
    model_validator,
)
from pydantic_core import ErrorDetails

from udfs.alerting.clauses import Clause, written_out
from udfs.alerting.conditions import (
    MAX_JSON_LENGTH,
    AnyOf,
    Conditions,
    Name,
    Tree,
    read_tree,
    where,
)
from udfs.alerting.policy import Policy

MAX_ALTERNATIVES = 100


class RuleError(ValueError):
    """A record is no usable rule; the message says which field, on one line, without its value."""


def _epoch_ms(value: Any) -> Any:
    """Avro decoders give timestamp-millis as an aware datetime or as a number: both are meant."""
    if isinstance(value, datetime):
        return round(value.timestamp() * 1000)
    return value


def _is_tree(text: str) -> str:
    try:
        read_tree(text)
    except ValidationError as error:
        raise ValueError(faults(error)) from None
    return text


class Rule(BaseModel):
    """One rule: it matches a deal when any of its alternatives does, or its tree holds."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

    rule_id: Name
    name: Annotated[str, StringConstraints(max_length=300)] = ""
    is_enabled: bool = True
    any_of: Annotated[tuple[Conditions, ...], Field(max_length=MAX_ALTERNATIVES)]
    updated_at: Annotated[int, BeforeValidator(_epoch_ms)]
    condition_json: (
        Annotated[str, StringConstraints(max_length=MAX_JSON_LENGTH), AfterValidator(_is_tree)]
        | None
    ) = None
    policy: Annotated[Policy, BeforeValidator(lambda given: {} if given is None else given)] = (
        Policy()
    )

    @classmethod
    def from_record(cls, record: Mapping[str, Any]) -> "Rule":
        """Validate a decoded AlertRule.

        Args:
            record: The fields of schemas/deals.rules.avsc; decimals as Decimal, `updated_at` as
                UTC epoch milliseconds or an aware datetime.

        Returns:
            The rule.

        Raises:
            RuleError: a field is missing, unknown or out of range. An unknown condition is an
                error: without it the rule would match more than was asked for.
        """
        try:
            return cls.model_validate(record)
        except ValidationError as error:
            raise RuleError(faults(error)) from None

    @model_validator(mode="after")
    def _can_be_filed(self) -> "Rule":
        if self.condition_json is not None and self.any_of:
            message = "condition_json: any_of must be empty where it is set"
            raise ValueError(message)
        try:
            _ = self.clauses
        except ValueError as error:
            message = f"condition_json: {error}"
            raise ValueError(message) from None
        return self

    @property
    def tree(self) -> Tree | None:
        """What it asks for; None: it matches nothing."""
        if self.condition_json is not None:
            return read_tree(self.condition_json)
        return AnyOf(any=self.any_of) if self.any_of else None

    @cached_property
    def clauses(self) -> tuple[Clause, ...]:
        """Its alternatives, ready to be filed."""
        tree = self.tree
        return () if tree is None else written_out(tree)


def faults(error: ValidationError) -> str:
    """The first faults on one line, each with its place, without values."""
    mistakes = error.errors(include_input=False, include_url=False)
    return "; ".join(fault(mistake) for mistake in mistakes[:5])


def fault(mistake: ErrorDetails) -> str:
    """One fault with its place; nested ones have said theirs."""
    place = where(mistake["loc"])
    said = mistake["msg"].removeprefix("Value error, ")
    if mistake["type"] == "extra_forbidden":
        said = "unknown key"
    return f"{place}: {said}" if place else said
