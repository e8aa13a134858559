"""Where the command-line tools find Kafka and the schema registry: shared options and defaults.

Without options it is the local stack, as its state on disk describes it; `--bootstrap-servers`
names another broker, and then the registry is AWS's unless `--aws-endpoint-url` says otherwise.
`--security MSK_IAM` signs in to the broker as the AWS role of whoever runs the tool.
"""

import argparse
import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property, wraps
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

from botocore.exceptions import BotoCoreError, ClientError
from confluent_kafka import KafkaError, KafkaException

from schemas.codec import Codec
from schemas.compatibility import InvalidSchemaError
from schemas.registry import Registry, RegistryError, glue_client
from schemas.signing_in import SECURITIES, Security, sign_in_properties
from schemas.topics import TopicError
from schemas.values import InvalidValueError

if TYPE_CHECKING:
    from local.stack import Endpoints

DEFAULT_REGISTRY = "deal-finder"
DEFAULT_REGION = "us-east-1"
# Where `make demo` has its stack, beside the one of `make up`.
DEMO_HOMES = ("demo/stack", "demo-once/stack")


class ToolError(Exception):
    """A command-line tool cannot go on; the message is for its user."""


@dataclass(frozen=True)
class Connection:
    """The broker and the registry that a tool works with.

    Args:
        kafka: librdkafka properties.
        registry_name: of the Glue schema registry.
        region: AWS region.
        aws_endpoint_url: None for AWS itself.
        security: how to sign in to the broker.
    """

    kafka: Mapping[str, Any]
    registry_name: str = DEFAULT_REGISTRY
    region: str = DEFAULT_REGION
    aws_endpoint_url: str | None = None
    security: Security = "PLAINTEXT"

    @classmethod
    def to(cls, endpoints: "Endpoints") -> Self:
        """The local stack's broker and registry."""
        return cls(
            {"bootstrap.servers": endpoints.bootstrap_servers},
            aws_endpoint_url=endpoints.aws_endpoint_url,
        )

    @classmethod
    def of(cls, options: argparse.Namespace) -> Self:
        """What the options of `connection_options` ask for.

        Raises:
            ToolError: no broker is named and the local stack has never run.
        """
        kafka = dict(options.kafka_property)
        aws_endpoint_url = options.aws_endpoint_url
        if options.bootstrap_servers is None:
            endpoints = local_endpoints(options.home)
            kafka["bootstrap.servers"] = endpoints.bootstrap_servers
            aws_endpoint_url = aws_endpoint_url or endpoints.aws_endpoint_url
        else:
            kafka["bootstrap.servers"] = options.bootstrap_servers
        return cls(kafka, options.registry, options.region, aws_endpoint_url, options.security)

    def client(self) -> dict[str, Any]:
        """The properties for a Kafka client of a tool: it warns, but not 20 times a second."""
        # librdkafka logs each failed attempt to connect; the callback gets the same as an error.
        signing_in = sign_in_properties(self.security, self.region)
        return {"log_level": 2, "error_cb": _Warnings(), **signing_in, **self.kafka}

    @cached_property
    def registry(self) -> Registry:
        """The schema registry; its answers are cached for as long as this object lives."""
        return Registry(glue_client(self.region, self.aws_endpoint_url), self.registry_name)

    @cached_property
    def codec(self) -> Codec:
        """Encodes and decodes with this registry."""
        return Codec(self.registry)


def connection_options() -> argparse.ArgumentParser:
    """The options that every tool has: a parent for its `ArgumentParser(parents=[...])`."""
    parser = argparse.ArgumentParser(add_help=False)
    group = parser.add_argument_group("connection (without: the local stack)")
    group.add_argument("--bootstrap-servers", metavar="HOST:PORT[,...]", help="Kafka brokers")
    group.add_argument(
        "--security",
        choices=SECURITIES,
        default=SECURITIES[0],
        help="MSK_IAM: sign in as an AWS role, with the credentials boto3 finds (%(default)s)",
    )
    group.add_argument(
        "--kafka-property",
        metavar="KEY=VALUE",
        type=_property,
        action="append",
        default=[],
        help="librdkafka property, e.g. security.protocol=SASL_SSL; repeatable",
    )
    group.add_argument(
        "--registry", metavar="NAME", default=DEFAULT_REGISTRY, help="of the schemas (%(default)s)"
    )
    group.add_argument("--region", default=DEFAULT_REGION, help="AWS region (%(default)s)")
    group.add_argument("--aws-endpoint-url", metavar="URL", help="instead of AWS itself")
    group.add_argument("--home", type=Path, metavar="FOLDER", help="of the local stack")
    return parser


def reports_errors(main: Callable[..., int]) -> Callable[..., int]:
    """Decorate a tool's `main`: known errors become one message and exit code 1.

    Ctrl-C ends with 130, a closed output pipe (`| head`) quietly with 0. Unknown errors keep their
    traceback: they are bugs.
    """

    @wraps(main)
    def guarded(*arguments: Any, **named: Any) -> int:
        try:
            return main(*arguments, **named)
        except KeyboardInterrupt:
            return 130
        except BrokenPipeError:
            # Python flushes stdout once more at exit; give it something that still takes it.
            sys.stdout = Path("/dev/null").open("w", encoding="utf-8")  # noqa: SIM115
            return 0
        except (
            ToolError,
            TopicError,
            RegistryError,
            InvalidSchemaError,
            InvalidValueError,
        ) as error:
            message = str(error)
        except (KafkaException, ClientError, BotoCoreError) as error:
            message = f"{type(error).__name__}: {error}"
        print(f"error: {message}", file=sys.stderr)
        return 1

    return guarded


class _Warnings:
    """Takes a client's errors; prints each kind once until it has been quiet for a while."""

    QUIET_S = 30.0

    def __init__(self) -> None:
        self._heard_at: dict[int, float] = {}

    def __call__(self, error: KafkaError) -> None:
        now = time.monotonic()
        last = self._heard_at.get(error.code())
        self._heard_at[error.code()] = now
        if last is None or now - last > self.QUIET_S:
            print(f"warning: {error.str()}", file=sys.stderr)


def _property(text: str) -> tuple[str, str]:
    key, separator, value = text.partition("=")
    if not (key and separator):
        message = f"{text!r} is not KEY=VALUE"
        raise argparse.ArgumentTypeError(message)
    return key, value


def local_endpoints(home: Path | None) -> "Endpoints":
    """Where the running local stack's parts are: of a folder, else of `make up` or `make demo`.

    Raises:
        ToolError: none runs.
    """
    # Imported here: against a real cluster the tools need nothing of the local stack.
    from local.stack import DEFAULT_HOME, Stack

    homes = [home] if home else [DEFAULT_HOME, *(DEFAULT_HOME.parent / each for each in DEMO_HOMES)]
    for stack in map(Stack, homes):
        if any(status.pid for status in stack.status()):
            return stack.endpoints()
    message = (
        "the local stack is not running: start it with `make up`, `make demo` or "
        "`python -m local up`, or name a broker with --bootstrap-servers"
    )
    raise ToolError(message)
