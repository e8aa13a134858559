"""What is fuzzed: for each kind sound samples, and a reader that may refuse but not crash."""

import json
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import SimpleNamespace
from uuid import UUID

from flink_jobs.config import ConfigError, JobConfig
from local.build import ROOT
from main import LOCAL_PROPERTIES
from schemas import definitions
from schemas.codec import Codec, shipped
from schemas.frames import BadRecordError, frame
from schemas.registry import UnknownVersionError
from scripts.rule_files import InvalidRuleError, read_rules
from scripts.scanner.entries import read_feed
from scripts.scanner.markup import FeedUnreadableError
from tests.scanner.builders import NOW_MS, feed
from tests.schemas.records import example
from tests.udfs.parsing.items import parsed
from udfs.alerting.rules import Rule, RuleError
from udfs.parsing.prices import RejectionError


@dataclass(frozen=True)
class Kind:
    """One kind of input.

    Attributes:
        samples: Sound inputs.
        read: What the product does with one; raises nothing but `refusals`.
    """

    name: str
    samples: Sequence[bytes]
    read: Callable[[bytes], object]
    refusals: tuple[type[Exception], ...]


def _feed(data: bytes) -> None:
    schema = shipped("deals.raw")
    for deal in read_feed(data, feed(), NOW_MS).deals:
        schema.write(dict(deal))


def _title(data: bytes) -> None:
    parsed(data.decode("utf-8", "surrogateescape"), body=data.decode("latin-1"))


def _price(data: bytes) -> None:
    text = data.decode("utf-8", "replace")
    deal = parsed("Acme Lamp", extras={"price": text, "merchant": text, "list_price": text})
    assert deal.price >= 0


_VERSIONS = {UUID(int=number): topic for number, topic in enumerate(definitions.TOPICS, start=1)}


def _definition(version_id: UUID) -> object:
    if version_id not in _VERSIONS:
        raise UnknownVersionError(str(version_id))
    return definitions.definition(_VERSIONS[version_id])


_CODEC = Codec(SimpleNamespace(definition=_definition, version_id=None))  # type: ignore[arg-type]


def _frame(data: bytes) -> None:
    _CODEC.decode(data)


def _file(data: bytes, read: Callable[[Path], object]) -> None:
    with tempfile.NamedTemporaryFile(dir="/dev/shm" if Path("/dev/shm").is_dir() else None) as file:  # noqa: S108
        file.write(data)
        file.flush()
        read(Path(file.name))


def _rules(data: bytes) -> None:
    _file(data, lambda path: [Rule.from_record(rule.record(1)) for rule in read_rules(path)])


KINDS = {
    kind.name: kind
    for kind in (
        Kind(
            "feed",
            [path.read_bytes()[:6000] for path in sorted((ROOT / "local" / "feeds").glob("*.xml"))],
            _feed,
            (FeedUnreadableError,),
        ),
        Kind(
            "title",
            [
                b'LG 55" C4 OLED evo 4K TV OLED55C4PUA $1,099.99 (was $1,999) free shipping',
                "Sony WH-1000XM5 Köpfhörer für 249,00 € statt 379 €".encode(),
                b"4-pack Acme Lamp 3 for $20 w/ code SAVE10 @ Store, sold by X",
                b"2x Samsung 990 PRO 2TB NVMe SSD \xc2\xa399.99 (C&C) at checkout",
            ],
            _title,
            (RejectionError,),
        ),
        Kind("price", [b"$19.99", b"1.234,56 EUR", b"GBP 5", b"free"], _price, (RejectionError,)),
        Kind(
            "frame",
            [
                frame(version, shipped(topic).write(example(topic)), compression=packed)
                for version, topic in _VERSIONS.items()
                for packed in (None, "zlib")
            ],
            _frame,
            (BadRecordError,),
        ),
        Kind(
            "properties",
            [LOCAL_PROPERTIES.read_bytes()],
            lambda data: _file(data, JobConfig.load),
            (ConfigError,),
        ),
        Kind(
            "rules",
            [
                (ROOT / "schemas" / "default_rules.json").read_bytes(),
                json.dumps({"rule_id": "x", "name": "y", "any_of": [{"words": ["tv"]}]}).encode(),
            ],
            _rules,
            (InvalidRuleError, RuleError),
        ),
    )
}
