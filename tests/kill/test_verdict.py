"""The verdict sees each kind of mistake: perfect topics, then one thing wrong with them."""

import contextlib
import uuid
from decimal import Decimal
from types import SimpleNamespace

import pytest
from confluent_kafka import Producer

from schemas.topics import TopicSpec, create_topics
from scripts.connection import Connection
from tests.kill import verdict
from tests.kill.oracle import RULE, alert_id, expect
from tests.kill.stream import entries

EXPECTED = expect(entries(4, 1500))


def money(units: int | None) -> Decimal | None:
    return None if units is None else Decimal(units) / 10_000


def evaluation(place: tuple[str, int]) -> dict:
    facts = EXPECTED.evaluated[place]
    value = {
        name: money(said) if not name.endswith("_at") and "observ" not in name else said
        for name, said in facts.items()
    }
    return value | {"url": place[0], "observed_at": place[1]}


def perfect() -> dict[str, list[dict]]:
    """What must be on each topic, and in the index."""
    parsed = [
        {
            "item_id": item_id,
            "observed_at": at_ms,
            "price_usd": money(look.price),
            "url": look.link,
            "product_key": look.title,
            "deal_id": f"id of {look.link}",
        }
        for (item_id, at_ms), look in EXPECTED.parsed.items()
        for _ in range(EXPECTED.sent[item_id, at_ms])
    ]
    title = {look.product: look.title for look in EXPECTED.parsed.values()}
    return {
        "deals.parsed": parsed,
        "deals.dlq": [
            {"topic": "deals.raw", "partition": part, "offset": offset, "reason": reason}
            for (part, offset), reason in EXPECTED.letters.items()
        ],
        "deals.evaluated": [evaluation(place) for place in EXPECTED.evaluated],
        "deals.alerts": [
            {
                "alert_id": alert_id(title[product], price),
                "rule_id": RULE,
                "price_usd": money(price),
                "product_key": title[product],
            }
            for product, price in EXPECTED.alerts
        ],
        "index": [
            {
                name: float(said) if isinstance(said, Decimal) else said
                for name, said in evaluation((link, at_ms)).items()
            }
            for link, at_ms in EXPECTED.documents.items()
        ],
    }


@pytest.fixture
def judged(monkeypatch):
    """The verdict about topics."""

    def _judged(topics: dict[str, list[dict]]) -> verdict.Verdict:
        monkeypatch.setattr(
            verdict, "read_all", lambda _, topic: [(0, 0, value) for value in topics[topic]]
        )
        monkeypatch.setattr(
            verdict,
            "OpenSearch",
            lambda *_, **__: contextlib.nullcontext(
                SimpleNamespace(indices=SimpleNamespace(refresh=lambda index: None))
            ),
        )
        monkeypatch.setattr(
            verdict, "scan", lambda *_, **__: [{"_source": each} for each in topics["index"]]
        )
        return verdict.judge(None, "", "ring", EXPECTED)

    return _judged


def test_perfect_topics_have_no_mistake_and_repeats_are_counted(judged):
    topics = perfect()
    assert judged(topics).mistakes == {}
    for records in topics.values():
        records += records[:7]
    said = judged(topics)
    assert said.mistakes == {}
    repeats = {name: said.counts[f"{name} repeats"] for name in ("parsed", "evaluated", "alerts")}
    assert repeats == {"parsed": 7, "evaluated": 7, "alerts": 7}


@pytest.mark.parametrize("name", ["deals.parsed", "deals.dlq", "deals.evaluated", "index"])
def test_a_lost_record_is_missed(judged, name):
    topics = perfect()
    topics[name].pop()
    assert judged(topics).mistakes == {f"missing: {name}": 1}


def test_a_lost_alert_is_missed_and_a_made_up_one_noticed(judged):
    topics = perfect()
    topics["deals.alerts"][0]["alert_id"] = "0" * 32
    assert judged(topics).mistakes == {"missing: deals.alerts": 1, "deals.alerts: no such alert": 1}


@pytest.mark.parametrize(
    ("name", "field", "value", "mistake"),
    [
        ("deals.parsed", "price_usd", Decimal(1), "deals.parsed: no such look"),
        ("deals.parsed", "product_key", "x", "a product with two keys"),
        ("deals.parsed", "deal_id", "x", "an offer with two ids"),
        ("deals.dlq", "reason", "other", "deals.dlq: no such letter"),
        ("deals.evaluated", "observations", 99, "deals.evaluated: wrong history"),
        ("deals.evaluated", "low_30d", Decimal(1), "deals.evaluated: wrong history"),
        ("deals.evaluated", "observed_at", 5, "deals.evaluated: a duplicate or no such"),
        ("index", "observed_at", 5, "index: not the newest evaluation"),
        ("index", "previous_price", 1.0, "index: wrong document"),
    ],
)
def test_a_wrong_record_is_noticed(judged, name, field, value, mistake):
    topics = perfect()
    topics[name][3][field] = value
    assert any(said.startswith(mistake) for said in judged(topics).mistakes)


@pytest.mark.broker
def test_a_topic_is_read_to_its_end_past_empty_partitions_and_markers(endpoints):
    connection = Connection.to(endpoints)
    topic = f"test.{uuid.uuid4().hex}"
    create_topics(connection.client(), [TopicSpec(topic, 3_600_000, 3, 1_000_000)])
    producer = Producer(connection.client() | {"transactional.id": topic})
    producer.init_transactions(30)
    for value, end in (
        (b"kept", producer.commit_transaction),
        (b"given up", producer.abort_transaction),
    ):
        producer.begin_transaction()
        producer.produce(topic, value, partition=1)
        producer.flush(30)
        end(30)
    assert list(verdict.read_bytes(connection, topic)) == [(1, 0, b"kept")]
