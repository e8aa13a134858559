"""Alert rules as frozen, validated values; schemas/deals.rules.avsc says what a field means."""

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, StringConstraints
from pydantic import ValidationError as _ValidationError

from udfs.alerting.text import tokens

# One record of the topic is read whole by every task: a list of a thousand shops is generous.
MAX_NAMES = 1_000
MAX_WORDS = 50
MAX_ALTERNATIVES = 100

Name = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=300)]
Names = Annotated[tuple[Name, ...], Field(max_length=MAX_NAMES)]
Money = Annotated[Decimal, Field(ge=0, max_digits=18, decimal_places=4)]
Ratio = Annotated[float, Field(ge=0, le=1, allow_inf_nan=False)]


class RuleError(ValueError):
    """A record is no usable rule; the message says which field, on one line, without its value."""


def _must_have_a_token(word: Any) -> Any:
    if isinstance(word, str) and not tokens(word):
        message = "a word needs a letter or a digit"
        raise ValueError(message)
    return word


def _epoch_ms(value: Any) -> Any:
    """Avro decoders give timestamp-millis as an aware datetime or as a number: both are meant."""
    if isinstance(value, datetime):
        return round(value.timestamp() * 1000)
    return value


Word = Annotated[Name, BeforeValidator(_must_have_a_token)]


class Conditions(BaseModel):
    """All that are set must hold; one on a value that the deal lacks does not hold."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

    words: Annotated[tuple[Word, ...], Field(max_length=MAX_WORDS)] = ()
    categories: Names = ()
    brands: Names = ()
    product_keys: Names = ()
    merchants: Names = ()
    excluded_merchants: Names = ()
    conditions: tuple[Literal["new", "open_box", "refurbished", "used", "unknown"], ...] = ()
    verdicts: tuple[Literal["bargain", "fair", "overpriced", "suspect", "unknown"], ...] = ()
    max_price_usd: Money | None = None
    min_discount_usd: Money | None = None
    min_discount_ratio: Ratio | None = None
    is_below_p10: bool | None = None
    min_days_at_all_time_low: Annotated[int, Field(ge=0)] | None = None
    min_temperature: int | None = None


class Rule(BaseModel):
    """One rule: it matches a deal when any of its alternatives does."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

    rule_id: Name
    name: Annotated[str, StringConstraints(max_length=300)] = ""
    is_enabled: bool = True
    any_of: Annotated[tuple[Conditions, ...], Field(max_length=MAX_ALTERNATIVES)]
    updated_at: Annotated[int, BeforeValidator(_epoch_ms)]

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
        except _ValidationError as error:
            mistakes = error.errors(include_input=False, include_url=False)
            raise RuleError(
                "; ".join(
                    f"{'.'.join(str(part) for part in mistake['loc'])}: {mistake['msg']}"
                    for mistake in mistakes[:5]
                )
            ) from None
