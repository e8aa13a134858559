"""What the topics and the index hold, against what the oracle says."""

import io
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Mapping
from decimal import Decimal
from typing import Any

import fastavro
from confluent_kafka import Consumer, KafkaError, TopicPartition
from opensearchpy import OpenSearch
from opensearchpy.helpers import scan

from schemas.codec import shipped
from schemas.frames import HEADER_BYTES
from scripts.connection import Connection
from tests.kill.oracle import RULE, Expected, Facts, alert_id

MONEY = 10_000
SHOWN = 5
READ_S = 120.0
_PARTITION_EOF = KafkaError._PARTITION_EOF


def read_all(connection: Connection, topic: str) -> Iterator[tuple[int, int, Any]]:
    """(partition, offset, value) of each committed record of a topic; no value is None.

    Faster than the tools: what the jobs write is not hostile.
    """
    schema = shipped(topic).parsed
    for number, offset, value in read_bytes(connection, topic):
        if value is None:
            yield number, offset, None
        else:
            body = io.BytesIO(value[HEADER_BYTES:])
            yield number, offset, fastavro.schemaless_reader(body, schema)


def read_bytes(connection: Connection, topic: str) -> Iterator[tuple[int, int, bytes | None]]:
    """(partition, offset, value) of each committed record of a topic, to the end of each partition.

    The end is what the broker says it is: nobody reads the markers of transactions, and an empty
    partition ends as well.
    """
    settings = {"group.id": "ring-verdict", "enable.auto.commit": False}
    settings |= {"isolation.level": "read_committed", "enable.partition.eof": True}
    reader = Consumer(connection.client() | settings)
    try:
        for number in reader.list_topics(topic, timeout=READ_S).topics[topic].partitions:
            reader.assign([TopicPartition(topic, number, 0)])
            until_s = time.monotonic() + READ_S
            is_over = False
            while not is_over:
                assert time.monotonic() < until_s, f"{topic}: no end of partition {number}"
                for message in reader.consume(10_000, timeout=0.2):
                    error = message.error()
                    if error is None:
                        yield number, message.offset(), message.value()
                    else:
                        assert error.code() == _PARTITION_EOF, error
                        is_over = True
    finally:
        reader.close()


class Verdict:
    """Counts, and what is wrong; nothing is wrong when `mistakes` is empty."""

    def __init__(self) -> None:
        self.counts: Counter[str] = Counter()
        self.mistakes: Counter[str] = Counter()
        self.examples: dict[str, list[str]] = defaultdict(list)

    def wrong(self, what: str, example: object) -> None:
        """Note a mistake."""
        self.mistakes[what] += 1
        if len(self.examples[what]) < SHOWN:
            self.examples[what].append(str(example))

    def all_there(self, what: str, wanted: Any, found: Any) -> None:
        """Note each that is missing."""
        for each in wanted:
            if each not in found:
                self.wrong(f"missing: {what}", each)

    def as_json(self) -> dict[str, Any]:
        """For people and logs."""
        return {
            "counts": dict(self.counts),
            "mistakes": dict(self.mistakes),
            "examples": dict(self.examples),
        }


def judge(connection: Connection, opensearch_url: str, index: str, expected: Expected) -> Verdict:
    """Read everything and compare."""
    verdict = Verdict()
    keys = _parsed(connection, expected, verdict)
    _letters(connection, expected, verdict)
    _evaluated(connection, expected, keys, verdict)
    _alerts(connection, expected, keys, verdict)
    _documents(opensearch_url, index, expected, verdict)
    return verdict


def _parsed(connection: Connection, expected: Expected, verdict: Verdict) -> dict[int, str]:
    """Check deals.parsed; returns the key of each product, which is the jobs' to choose."""
    found: Counter[tuple[str, int]] = Counter()
    keys: dict[int, str] = {}
    ids: dict[str, str] = {}
    for _, _, value in read_all(connection, "deals.parsed"):
        verdict.counts["parsed"] += 1
        place = value["item_id"], value["observed_at"]
        look = expected.parsed.get(place)
        if look is None or _units(value["price_usd"]) != look.price or value["url"] != look.link:
            verdict.wrong("deals.parsed: no such look", place)
            continue
        found[place] += 1
        if keys.setdefault(look.product, value["product_key"]) != value["product_key"]:
            verdict.wrong("a product with two keys", place)
        if ids.setdefault(look.link, value["deal_id"]) != value["deal_id"]:
            verdict.wrong("an offer with two ids", place)
    verdict.counts["parsed repeats"] = (found - expected.sent).total()
    verdict.all_there("deals.parsed", (expected.sent - found).elements(), ())
    for what, names in (("products", keys), ("offers", ids)):
        if len(set(names.values())) != len(names):
            verdict.wrong(f"two {what} with one identity", len(names))
    return keys


def _letters(connection: Connection, expected: Expected, verdict: Verdict) -> None:
    found: set[tuple[int, int]] = set()
    for _, _, value in read_all(connection, "deals.dlq"):
        if value["reason"] == "window_closed":  # a late deal, which the others take all the same
            continue
        verdict.counts["letters"] += 1
        place = value["partition"], value["offset"]
        if value["topic"] != "deals.raw" or expected.letters.get(place) != value["reason"]:
            verdict.wrong("deals.dlq: no such letter", (value["topic"], place, value["reason"]))
        verdict.counts["letters repeats"] += place in found
        found.add(place)
    verdict.all_there("deals.dlq", expected.letters, found)


def _evaluated(
    connection: Connection, expected: Expected, keys: Mapping[int, str], verdict: Verdict
) -> None:
    found: set[tuple[str, int]] = set()
    for _, _, value in read_all(connection, "deals.evaluated"):
        verdict.counts["evaluated"] += 1
        place = value["url"], value["observed_at"]
        verdict.counts["evaluated repeats"] += place in found
        found.add(place)
        wanted = expected.evaluated.get(place)
        if wanted is None:
            verdict.wrong("deals.evaluated: a duplicate or no such observation", place)
        elif difference := _difference(wanted, value, _units):
            verdict.wrong("deals.evaluated: wrong history", (place, difference))
    verdict.all_there("deals.evaluated", expected.evaluated, found)


def _alerts(
    connection: Connection, expected: Expected, keys: Mapping[int, str], verdict: Verdict
) -> None:
    wanted = {
        alert_id(keys[product], price): price
        for product, price in expected.alerts
        if product in keys
    }
    found: set[str] = set()
    for _, _, value in read_all(connection, "deals.alerts"):
        if value["rule_id"] != RULE:
            verdict.wrong("deals.alerts: another rule", value["rule_id"])
            continue
        verdict.counts["alerts"] += 1
        name = value["alert_id"]
        verdict.counts["alerts repeats"] += name in found
        found.add(name)
        if wanted.get(name) != _units(value["price_usd"]):
            verdict.wrong("deals.alerts: no such alert", (name, value["product_key"]))
    verdict.all_there("deals.alerts", wanted, found)
    verdict.counts["alerts told once"] = len(found)


def _documents(url: str, index: str, expected: Expected, verdict: Verdict) -> None:
    found: set[str] = set()
    with OpenSearch(url, timeout=60) as client:
        client.indices.refresh(index=index)
        for hit in scan(client, index=index, size=5000):
            verdict.counts["documents"] += 1
            document = hit["_source"]
            link = document["url"]
            found.add(link)
            newest = expected.documents.get(link)
            if newest != document["observed_at"]:
                verdict.wrong("index: not the newest evaluation", (link, document["observed_at"]))
            elif difference := _difference(
                expected.evaluated[link, newest], document, lambda each: round(each * MONEY)
            ):
                verdict.wrong("index: wrong document", (link, difference))
    verdict.all_there("index", expected.documents, found)


def _units(money: Decimal) -> int:
    return int(money * MONEY)


def _difference(
    wanted: Facts, value: Mapping[str, Any], units: Callable[[Any], int]
) -> dict[str, tuple[Any, Any]]:
    """Field -> (wanted, found) of those that differ; numbers that are no money stay as they are."""
    found = {}
    for name, right in wanted.items():
        said = value.get(name)
        is_money = not name.endswith("_at") and "observ" not in name
        if said is not None and is_money:
            said = units(said)
        if said != right:
            found[name] = (right, said)
    return found
