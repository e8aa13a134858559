"""Configuration: the service's property groups as typed, frozen models.

On the managed service the groups come from /etc/flink/application_properties.json; locally from a
file of the same form, local/application_properties.json. Loaded once, in `main`.
"""

import json
from datetime import date
from decimal import Decimal
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any, Self

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    NonNegativeInt,
    PositiveFloat,
    PositiveInt,
    SecretStr,
    ValidationError,
    model_validator,
)
from pydantic.alias_generators import to_pascal

from schemas.signing_in import Security
from udfs.pricing.model import Size


class ConfigError(Exception):
    """The properties cannot be used; the message names file, group and key on one line."""


def _words(value: object) -> object:
    """Split `a,b` into a list: property values are text."""
    return [word.strip() for word in value.split(",")] if isinstance(value, str) else value


def _pairs(value: object) -> object:
    """Split `EUR=1.08,GBP=1.27` into a dictionary."""
    if not isinstance(value, str):
        return value
    pairs = [pair.partition("=") for pair in value.split(",") if pair.strip()]
    if any(not separator for _, separator, _ in pairs):
        message = "expected KEY=VALUE,KEY=VALUE"
        raise ValueError(message)
    return {key.strip(): number.strip() for key, _, number in pairs}


def _optional(value: object) -> object:
    """Read an empty property as none."""
    return value or None


class JobName(StrEnum):
    """The jobs, in the order of the dataflow."""

    PARSE_DEALS = "parse_deals"
    EVALUATE_DEALS = "evaluate_deals"
    INDEX_DEALS = "index_deals"
    ALERT_DEALS = "alert_deals"
    SUMMARISE_DEALS = "summarise_deals"


class Delivery(StrEnum):
    """What a Kafka sink promises; ids are deterministic in both modes."""

    AT_LEAST_ONCE = "at-least-once"
    EXACTLY_ONCE = "exactly-once"


class Group(BaseModel):
    """One property group: `group_prefix` here is `group.prefix` there."""

    model_config = ConfigDict(
        frozen=True,
        extra="forbid",
        hide_input_in_errors=True,
        alias_generator=lambda name: name.replace("_", "."),
    )


class Jobs(Group):
    """Which jobs this application runs."""

    run: Annotated[tuple[JobName, ...], BeforeValidator(_words), Field(min_length=1)] = Field(
        description="Jobs of this application, comma-separated"
    )


class Kafka(Group):
    """The brokers and how to speak to them."""

    bootstrap_servers: str = Field(description="host:port, comma-separated")
    group_prefix: str = Field("deal-finder", description="Consumer groups are PREFIX.JOB")
    output_prefix: str = Field(
        "",
        pattern="^([a-z0-9-]+[.])?$",
        description="Put before the topics that are written: `shadow.` for a trial beside others",
    )
    security: Security = Field("PLAINTEXT", description="PLAINTEXT or MSK_IAM")
    delivery: Delivery = Field(
        Delivery.AT_LEAST_ONCE, description="at-least-once or exactly-once sinks"
    )
    # The broker refuses more than its transaction.max.timeout.ms (15 min by default).
    transaction_timeout_ms: PositiveInt = Field(
        900_000, description="Only for exactly-once; at most the broker's maximum"
    )


class Registry(Group):
    """AWS Glue Schema Registry."""

    name: str = Field(description="Name of the registry")
    region: str = Field(description="AWS region")
    endpoint_url: str | None = Field(None, description="Only for a stand-in such as moto")


class Parsing(Group):
    """Exchange rates: feeds quote in their own currency."""

    rates_as_of: date = Field(description="Day of the rates, ISO 8601")
    rates_usd: Annotated[dict[str, Decimal], BeforeValidator(_pairs)] = Field(
        description="USD for one unit: EUR=1.08,GBP=1.27"
    )

    @model_validator(mode="after")
    def _rates_are_positive(self) -> Self:
        wrong = [code for code, rate in self.rates_usd.items() if not rate > 0 or len(code) != 3]
        if wrong:
            message = f"rates.usd: not an ISO 4217 code with a positive rate: {', '.join(wrong)}"
            raise ValueError(message)
        return self


class Pricing(Group):
    """The fair-price model."""

    model_dir: Path = Field(description="Folder of the model, beside the code or absolute")
    size: Size = Field(
        Size.FAST, description="fast, or accurate at a fifth of the speed: see the model's card"
    )


class Linking(Group):
    """Products of different shops that are one."""

    model_dir: Path = Field(
        Path("models/product-match-v1"),
        description="Folder of the matcher, beside the code or absolute",
    )
    max_products: NonNegativeInt = Field(
        50_000, description="The newest products that a new one is compared with; 0 links nothing"
    )


class Search(Group):
    """OpenSearch."""

    url: str = Field(description="http(s)://host:port")
    index: str = Field("deals", description="Index that holds the latest evaluation of each deal")
    stats_index: str = Field("deal-stats", description="Index that holds the figures of windows")
    replicas: NonNegativeInt = Field(0, description="Copies of an index; 0 suits a single node")
    region: str | None = Field(None, description="Sign requests for this AWS region (SigV4)")
    username: str | None = Field(None, description="Basic authentication")
    password: SecretStr | None = Field(None, description="Basic authentication")
    budget_s: PositiveFloat = Field(
        60.0, description="Retries of one bulk before the task fails and Flink replays"
    )
    embedder_dir: Annotated[Path | None, BeforeValidator(_optional)] = Field(
        Path("models/title-embedder-v1"),
        description="Embedder of titles, for search by meaning; empty = documents without vectors",
    )
    max_embeddings: NonNegativeInt = Field(
        32, description="New titles of a batch that get a vector, about 14 ms of a core each"
    )


class Windows(Group):
    """Windows of event time over the evaluated deals; they start at multiples of their step."""

    tumbling_minutes: PositiveInt = Field(60, description="Length of a tumbling window")
    sliding_hours: PositiveInt = Field(
        24, description="Length of a sliding window, a multiple of its step"
    )
    slide_minutes: PositiveInt = Field(
        60, description="Step of sliding windows, a multiple of tumbling.minutes"
    )
    out_of_order_minutes: NonNegativeInt = Field(
        10, description="How far a deal may be behind later ones before a window closes without it"
    )
    # A feed read for the first time shows offers of the days before.
    lateness_hours: NonNegativeInt = Field(
        72, description="How long a closed window is corrected; later deals are dead letters"
    )
    idle_s: PositiveInt = Field(
        60, description="Without a deal for so long, windows close by the clock"
    )
    best_n: Annotated[int, Field(ge=0, le=100)] = Field(
        10, description="Best deals that a window names"
    )

    @model_validator(mode="after")
    def _windows_fit(self) -> Self:
        if self.slide_minutes % self.tumbling_minutes:
            message = "slide.minutes must be a multiple of tumbling.minutes"
            raise ValueError(message)
        if self.sliding_hours * 60 % self.slide_minutes:
            message = "sliding.hours must be a multiple of slide.minutes"
            raise ValueError(message)
        return self


class Alerts(Group):
    """What the alert job remembers."""

    # The state itself is kept for 400 days after a product was told.
    memory_days: Annotated[int, Field(ge=1, le=365)] = Field(
        90, description="How long a product is told again only if it is cheaper"
    )


class Bedrock(Group):
    """The describing model."""

    model_id: str = Field(description="Bedrock model or inference profile (Anthropic)")
    region: str = Field(description="AWS region")
    endpoint_url: str | None = Field(None, description="Only for a stand-in")
    budget_s: PositiveFloat = Field(5.0, description="One deadline: call, waits and retries")
    concurrency: PositiveInt = Field(16, description="Calls in flight in one task")
    max_calls: PositiveInt = Field(
        50, description="Calls in one batch; the others get the fallback text"
    )
    call_budget_usd: PositiveFloat = Field(
        0.01, description="A call that may cost more is not made: the alert gets the fallback text"
    )
    daily_budget_usd: PositiveFloat = Field(5.0, description="Spending of one task in a day")
    # Anthropic Claude Haiku on Bedrock, on-demand, 2026-11: dollars a million tokens.
    input_usd_per_million: PositiveFloat = Field(1.0, description="Price of input tokens")
    output_usd_per_million: PositiveFloat = Field(5.0, description="Price of output tokens")


class DeadLetters(Group):
    """The budget of dead letters of a job, for each partition that it reads."""

    # Posts without a usable price are a sixth of what the sample feeds show.
    max_ratio: Annotated[float, Field(gt=0, le=1)] = Field(
        0.5, description="Share of the newest records that may be dead letters; more stop the job"
    )
    window_records: PositiveInt = Field(
        1000, description="How many newest records of a partition that share is of"
    )
    max_consecutive: PositiveInt = Field(
        200, description="Dead letters in a row, at most window.records; more stop the job"
    )

    @model_validator(mode="after")
    def _a_run_fits_into_the_window(self) -> Self:
        if self.max_consecutive > self.window_records:
            message = "max.consecutive: more than window.records"
            raise ValueError(message)
        return self


class LocalFlink(Group):
    """Flink settings of a laptop; on the service they are the application's, not the code's."""

    jar: Path = Field(description="The application jar")
    state_dir: Path = Field(description="Checkpoints and RocksDB files")
    rest_port: PositiveInt = Field(8081, description="Web UI, loopback only")
    parallelism: PositiveInt = Field(1, description="Parallel subtasks")
    checkpoint_interval_s: PositiveInt = Field(10, description="Time between checkpoints")
    # Flink's default of 1 s a Python stage is most of the latency (docs/benchmarks).
    bundle_time_ms: PositiveInt = Field(100, description="Longest wait for a Python batch")


class JobConfig(BaseModel):
    """All property groups, by their names in the file."""

    model_config = ConfigDict(
        frozen=True, extra="forbid", hide_input_in_errors=True, alias_generator=to_pascal
    )

    jobs: Jobs
    kafka: Kafka
    registry: Registry
    parsing: Parsing
    pricing: Pricing
    linking: Linking = Field(default_factory=lambda: Linking.model_validate({}))
    search: Search
    windows: Windows = Field(default_factory=lambda: Windows.model_validate({}))
    alerts: Alerts
    bedrock: Bedrock
    dead_letters: DeadLetters = Field(default_factory=lambda: DeadLetters.model_validate({}))
    local_flink: LocalFlink | None = None

    @classmethod
    def load(cls, path: Path) -> "JobConfig":
        """Read the service's property file.

        Args:
            path: JSON, a list of {"PropertyGroupId": ..., "PropertyMap": {...}}.

        Returns:
            The validated groups. Groups of the service itself (kinesis.analytics.*) are left alone.

        Raises:
            ConfigError: naming file, group and key, on one line and without any value.
        """
        try:
            entries = json.loads(path.read_text("utf-8"))
            groups = {
                entry["PropertyGroupId"]: dict(entry["PropertyMap"])
                for entry in entries
                if not entry["PropertyGroupId"].startswith("kinesis.analytics.")
            }
        except FileNotFoundError:
            msg = f"{path}: no such property file"
            raise ConfigError(msg) from None
        except (OSError, ValueError, TypeError, KeyError, AttributeError, RecursionError) as error:
            msg = f"{path}: not a list of property groups ({type(error).__name__})"
            raise ConfigError(msg) from None
        try:
            return cls.model_validate(groups)
        except ValidationError as error:
            msg = f"{path}: {_one_line(error)}"
            raise ConfigError(msg) from None


def _one_line(error: ValidationError) -> str:
    """Name group and key of each mistake, without the values: one may be a secret."""
    return "; ".join(_name(detail) for detail in error.errors(include_input=False))


def _name(detail: Any) -> str:
    group, *keys = (str(part) for part in detail["loc"])
    place = f"group {group}" + (f", key {keys[0]}" if keys else "")
    match detail["type"]:
        case "missing":
            return f"{place}: missing"
        case "extra_forbidden":
            return f"{place}: unknown"
    return f"{place}: {detail['msg']}"
