"""The done-when lines of the main job, through the real Kafka, OpenSearch and Flink."""

import json
import random
import uuid
import zlib

import pytest
import requests
from aws_schema_registry import DataAndSchema, SchemaRegistryClient
from aws_schema_registry.avro import AvroSchema as PypiSchema
from aws_schema_registry.serde import KafkaDeserializer, KafkaSerializer

from schemas import definitions
from schemas.codec import shipped
from schemas.registry import glue_client
from scripts import rules
from scripts.rule_files import read_rules
from tests.application import DAY_MS, START_MS, Running, raw_deal
from tests.schemas.records import example

pytestmark = pytest.mark.broker


def unique(name: str) -> str:
    """A title of its own: other tests use the same topics."""
    return f"{name} {uuid.uuid4().hex[:10]}"


def offer(title: str, price: str, day: float, **changes) -> dict:
    """The same offer of a shop at a day and a price."""
    link = "https://deals.example.com/" + title.replace(" ", "-")
    changes = {"title": f"{title} ${price}", "link": link, "item_id": link} | changes
    return raw_deal(day=day, **changes)


def evaluations(running: Running, title: str, count: int) -> list[dict]:
    return running.await_records("deals.evaluated", lambda d: title in d["title"], count)


def alerts(running: Running, title: str, price: int) -> list[dict]:
    """Those at a price: what the model makes of a made-up title may be another bargain."""
    return running.await_records(
        "deals.alerts", lambda d: title in d["title"] and d["price_usd"] == price
    )


def bad_values(topic: str, running: Running) -> list[tuple[bytes | None, str]]:
    """Values of a topic that no one can read, each with the reason; made from a good one."""
    body = shipped(topic).write(example(topic))
    version = running.connection.registry.version_id(topic).bytes
    unknown = uuid.UUID("00000000-0000-4000-8000-000000000000").bytes
    plain, packed = b"\x03\x00" + version, b"\x03\x05" + version
    # The first field of each record is a text: its length says 2^40 bytes.
    absurd = b"\x80\x80\x80\x80\x80\x40"
    return [
        (None, "empty_record"),
        (b"", "empty_record"),
        (plain[:11], "truncated_frame"),
        (b"\x02" + plain[1:] + body, "bad_header_version"),
        (b"\x03\x07" + version + body, "bad_compression"),
        (b"\x03\x00" + unknown + body, "unknown_schema_version"),
        (packed + b"no zlib at all", "corrupt_zlib"),
        (packed + zlib.compress(bytes(64 * 1024 * 1024)), "zlib_bomb"),
        (plain + absurd, "absurd_length"),
        (plain + body[:-1], "truncated_avro"),
        (plain + body + b"\x00", "trailing_bytes"),
    ]


@pytest.mark.parametrize(
    ("topic", "stages"),
    [
        ("deals.raw", {"parse_deals"}),
        ("deals.parsed", {"evaluate_deals"}),
        ("deals.evaluated", {"index_deals", "alert_deals", "summarise_deals"}),
        ("deals.stats", {"index_deals"}),
        ("deals.rules", {"alert_deals"}),
    ],
)
def test_bad_bytes_become_dead_letters_with_their_own_reason_and_the_job_runs_on(
    running: Running, topic: str, stages: set[str]
):
    # On a compacted topic no value means that the rule is removed.
    sent = [
        (value, reason)
        for value, reason in bad_values(topic, running)
        if not (topic == "deals.rules" and value is None)
    ]
    placed = running.send(topic, [value for value, _ in sent])
    letters = running.await_records(
        "deals.dlq",
        lambda d: d["topic"] == topic and (d["partition"], d["offset"]) in placed,
        len(sent) * len(stages),
    )
    for (value, reason), place in zip(sent, placed, strict=True):
        of_this = [each for each in letters if (each["partition"], each["offset"]) == place]
        assert {each["stage"] for each in of_this} == stages
        assert {each["reason"] for each in of_this} == {reason}
        assert {each["payload"] for each in of_this} == {value}
    running.await_passed()


def test_an_item_that_cannot_be_priced_is_a_dead_letter_with_its_record(running: Running):
    deal = raw_deal(title=unique("Sale on everything"))
    running.send_deals(deal)
    payload = running.connection.codec.encode("deals.raw", deal)
    (letter,) = running.await_records("deals.dlq", lambda d: d["payload"] == payload)
    assert (letter["stage"], letter["reason"]) == ("parse_deals", "price_missing")


def test_a_deal_sent_twice_is_evaluated_once(running: Running):
    title = unique("Kettle")
    running.send_deals(offer(title, "30", 0), offer(title, "30", 0), offer(title, "30", 0.5))
    running.await_passed()
    assert len(running.await_records("deals.parsed", lambda d: title in d["title"], 3)) == 3
    assert len(evaluations(running, title, 1)) == 1


def test_a_lower_price_is_evaluated_again_with_the_previous_price(running: Running):
    title = unique("Toaster")
    running.send_deals(offer(title, "40", 0), offer(title, "32.5", 0.1))
    first, second = evaluations(running, title, 2)
    assert first["previous_price"] is None
    assert (second["previous_price"], second["all_time_low"]) == (40, second["price_usd"])
    assert "down from $40" in second["reasons"]


def test_out_of_order_events_give_the_same_lows_as_in_order(running: Running):
    days = {0: "90", 3: "70", 20: "80", 40: "85", 60: "60", 95: "88", 99: "86"}
    ordered, shuffled = unique("Fan"), unique("Fan")
    running.send_deals(*(offer(ordered, price, day) for day, price in days.items()))
    mixed = list(days.items())
    random.Random(7).shuffle(mixed)
    running.send_deals(*(offer(shuffled, price, day) for day, price in mixed))
    # One more look at each, on the same day, shows what is remembered.
    running.send_deals(offer(ordered, "87", 100), offer(shuffled, "87", 100))
    facts = ("previous_price", "low_7d", "low_30d", "low_90d", "all_time_low")
    seen = [
        next(
            deal
            for deal in evaluations(running, title, len(days) + 1)
            if deal["observed_at"] == START_MS + 100 * DAY_MS
        )
        for title in (ordered, shuffled)
    ]
    assert [seen[0][fact] for fact in facts] == [seen[1][fact] for fact in facts]
    assert [seen[0][fact] for fact in facts] == [86, 86, 86, 60, 60]


def test_a_true_bargain_is_told_once_and_an_invented_discount_never(running: Running):
    true, fake = unique("Monitor"), unique("Monitor")
    for day in range(16):
        running.send_deals(offer(true, "300", day), offer(fake, "90", day))
    running.send_deals(
        offer(true, "180", 20),
        offer(true, "180", 22),
        offer(fake, "90", 20, summary_html="<p>was $300, 70% off</p>"),
    )
    (alert,) = alerts(running, true, 180)
    assert (alert["verdict"], alert["rule_id"], alert["price_usd"]) == ("bargain", "default", 180)
    assert alert["description_status"] == "ok"
    assert alert["description"]
    running.await_passed()
    assert len(alerts(running, true, 180)) == 1
    fakes = evaluations(running, fake, 17)
    assert {deal["verdict"] for deal in fakes[4:]} == {"fair"}
    assert fakes[-1]["reason_codes"].count("list_price_never_charged") == 1


@pytest.mark.parametrize(
    ("faults", "status"),
    [
        ({"hang": True}, "timeout"),
        ({"latency_ms": 8_000}, "timeout"),
        ({"refuse": True}, "refused"),
        ({"throttle_ratio": 1.0}, "timeout"),
        ({"garbage": "not_json"}, "fallback"),
    ],
)
def test_without_bedrock_an_alert_comes_with_the_template_and_says_why(
    running: Running, faults: dict, status: str
):
    title = unique("Projector")
    url = f"{running.stack.endpoints().bedrock_endpoint_url}/faults"
    running.send_deals(*(offer(title, "300", day) for day in range(5)))
    evaluations(running, title, 5)
    requests.put(url, json=faults, timeout=10).raise_for_status()
    try:
        running.send_deals(offer(title, "150", 6))
        (alert,) = alerts(running, title, 150)
    finally:
        requests.delete(url, timeout=10).raise_for_status()
    assert alert["description_status"] == status
    assert "$150.00" in alert["description"]


def test_a_rule_works_without_a_restart_and_a_removed_one_no_more(running: Running, tmp_path):
    word = f"zyx{uuid.uuid4().hex[:8]}"
    path = tmp_path / "rule.json"
    path.write_text(json.dumps({"rule_id": word, "name": word, "any_of": [{"words": [word]}]}))
    rules.add(running.connection, read_rules(path))

    def alerts_of(number: int, count: int) -> list[dict]:
        return running.await_records(
            "deals.alerts", lambda d: d["rule_id"] == word and f"N{number}X" in d["title"], count
        )

    # The rule is followed within a second or so: deals are sent until one meets it.
    for number in range(200):
        running.send_deals(raw_deal(title=f"{word} N{number}X gadget {uuid.uuid4().hex[:8]} $20"))
        running.await_passed()
        if alerts_of(number, 0):
            break
    else:
        pytest.fail("the new rule never took effect")
    rules.publish(running.connection, {word: None})
    for number in range(1000, 1200):
        running.send_deals(raw_deal(title=f"{word} N{number}X gadget {uuid.uuid4().hex[:8]} $20"))
        running.await_passed()
        if not alerts_of(number, 0):
            break
    else:
        pytest.fail("the removed rule never ceased")


def test_nothing_is_lost_while_opensearch_is_down_for_30_s(running: Running):
    import threading

    running.await_passed()
    running.stack.stop("opensearch")
    title = unique("Outage")
    running.send_deals(*(offer(f"{title} no{n}", str(10 + n), 0) for n in range(50)))
    evaluations(running, title, 50)
    threading.Event().wait(30)
    running.stack.start("opensearch")
    found = running.await_documents(lambda d: title in d["title"], 50)
    assert len({document["deal_id"] for document in found}) == 50


def test_the_pypi_client_reads_what_the_jobs_write_and_the_jobs_what_it_writes(running: Running):
    title = unique("Blender")
    glue = glue_client("us-east-1", running.stack.endpoints().aws_endpoint_url)
    client = SchemaRegistryClient(glue, registry_name="deal-finder")
    serializer = KafkaSerializer(client, schema_naming_strategy=lambda topic, *_: topic)
    schema = PypiSchema(definitions.definition("deals.raw"))
    deal = offer(title, "25", 0)
    running.send("deals.raw", [serializer.serialize("deals.raw", DataAndSchema(deal, schema))])
    evaluations(running, title, 1)
    deserializer = KafkaDeserializer(client)
    for topic in ("deals.parsed", "deals.evaluated"):
        payloads = [
            record.payload
            for record in running.records(topic)
            if record.value and title in record.value["title"]
        ]
        read = deserializer.deserialize(topic, payloads[0])
        assert title in read.data["title"]
        assert read.data["price_usd"] == 25


def test_a_deal_has_a_score_that_no_invented_list_price_moves(running: Running):
    title = unique("Samsung 990 PRO 2TB NVMe SSD 4-Pack")
    plain = offer(title, "89.99", 0)
    boasting = offer(title, "89.99 (was $99,999.00)", 0, item_id="boast", link="https://b.example/")
    running.send_deals(plain, boasting)
    seen = evaluations(running, title, 2)
    scores = [each["deal_score"] for each in seen]
    assert 0 < scores[0] < 1
    assert scores[0] == scores[1]
    assert {each["unit_count"] for each in seen} == {4}
    assert {str(each["unit_price_usd"]) for each in seen} == {"22.4975"}


def test_a_rule_whose_tree_is_malformed_is_a_dead_letter_that_says_where(running: Running):
    rule = example("deals.rules", rule_id="malformed", condition_json='{"all": [{"max_price": 9}]}')
    (place,) = running.send(
        "deals.rules", [running.connection.codec.encode("deals.rules", rule)], key="malformed"
    )
    (letter,) = running.await_records(
        "deals.dlq",
        lambda d: d["topic"] == "deals.rules" and (d["partition"], d["offset"]) == place,
    )
    assert (letter["stage"], letter["reason"]) == ("alert_deals", "rule_invalid")
    assert letter["detail"] == "condition_json: all.0.max_price: unknown key"
    rules.publish(running.connection, {"malformed": None})
