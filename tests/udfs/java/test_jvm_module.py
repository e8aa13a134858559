"""The application jar in PyFlink: the state function in SQL, the format against a real registry."""

import json
import zipfile
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from moto.server import ThreadedMotoServer

from local.build import APPLICATION_JAR
from schemas.codec import Codec
from schemas.definitions import TOPICS, definition
from schemas.frames import frame
from schemas.registry import Registry, glue_client
from tests.schemas.records import example
from tests.udfs.java.conftest import FlinkError

pytestmark = pytest.mark.flink

DAY_MS = 86_400_000
START_MS = 20_000 * DAY_MS
REGION = "us-east-1"
POLICY_VECTORS = Path(__file__).resolve().parents[1] / "alerting" / "policy_vectors.json"

HISTORY = """SELECT * FROM price_history(
    input => TABLE {table} PARTITION BY product_key, uid => 'price-history')"""


def observation(**changes: Any) -> dict[str, Any]:
    """A row of the table `parsed`; a test shows only what matters to it."""
    at_days = changes.pop("at_days", 0.0)
    return {
        "title": "Acme Lamp",
        "deal_id": "deal-1",
        "product_key": "lamp",
        "source": "feed-1",
        "merchant": "acme",
        "price_usd": 20,
        "observed_at": START_MS + round(at_days * DAY_MS),
        "extras": {"shop": "acme"},
    } | changes


@pytest.fixture
def histories(ask):
    """Runs observations, in this order, through the function; rows by column name."""

    def run(*observations: dict[str, Any]) -> list[dict[str, Any]]:
        ask("observe", observations=observations)
        return [
            {name: _number(name, value) for name, value in row.items()}
            for row in ask("query", sql=HISTORY.format(table="parsed"))
        ]

    return run


def _number(name: str, value: Any) -> Any:
    is_money = name.startswith(("price", "previous", "low", "all_time", "typical"))
    is_money &= not name.endswith("_at")
    return Decimal(value) if is_money and value is not None else value


def test_every_column_passes_and_the_history_follows(histories):
    first, second = histories(
        observation(title="Lampe é", price_usd="20.0001"),
        observation(title="t2", deal_id="deal-2", price_usd="15.5", at_days=40),
    )
    assert first == {
        "title": "Lampe é",
        "deal_id": "deal-1",
        "product_key": "lamp",
        "source": "feed-1",
        "merchant": "acme",
        "price_usd": Decimal("20.0001"),
        "observed_at": START_MS,
        "extras": {"shop": "acme"},
        "previous_price_usd": None,
        "low_7d": Decimal("20.0001"),
        "low_30d": Decimal("20.0001"),
        "low_90d": Decimal("20.0001"),
        "all_time_low": Decimal("20.0001"),
        "all_time_low_at": START_MS,
        "all_time_high": Decimal("20.0001"),
        "typical_7d": None,
        "typical_30d": None,
        "typical_90d": None,
        "last_change_at": None,
        "days_observed": 1,
        "observations": 1,
        "shops_observed": 1,
        "is_held": False,
        "is_repeated": False,
    }
    assert second["previous_price_usd"] == Decimal("20.0001")
    assert second["low_7d"] == second["all_time_low"] == Decimal("15.5000")
    assert second["typical_90d"] == second["all_time_high"] == Decimal("20.0001")
    assert (second["typical_7d"], second["typical_30d"]) == (None, None)
    assert second["all_time_low_at"] == second["last_change_at"] == START_MS + 40 * DAY_MS
    assert (second["days_observed"], second["observations"]) == (2, 2)


def test_a_repeated_observation_is_dropped_and_another_price_or_product_is_not(histories):
    rows = histories(
        observation(),
        observation(at_days=0.5),
        observation(at_days=0.6, price_usd=19),
        observation(at_days=0.7, product_key="other lamp"),
        observation(at_days=0.8),
    )
    seen = [(row["product_key"], row["price_usd"], row["observations"]) for row in rows]
    # An observation is a deal at a price on a day, however often it is seen.
    assert seen == [("lamp", 20, 1), ("lamp", 19, 2), ("other lamp", 20, 1), ("lamp", 20, 2)]


def test_a_price_under_a_tenth_of_the_usual_is_held_until_another_source_confirms_it(histories):
    rows = histories(
        observation(),
        observation(at_days=1, price_usd=1),
        observation(at_days=1.001, price_usd=1, source="feed-2"),
    )
    assert [row["is_held"] for row in rows] == [False, True, False]
    assert [row["is_repeated"] for row in rows] == [False, False, True]
    assert [row["all_time_low"] for row in rows] == [20, 20, 1]


def test_a_shop_is_the_merchant_or_the_feed_where_none_is_named(histories):
    rows = histories(
        observation(),
        observation(deal_id="deal-2", source="feed-2"),
        observation(deal_id="deal-3", merchant="other"),
        observation(deal_id="deal-4", merchant=None),
        observation(deal_id="deal-5", merchant=None, source="feed-2"),
        observation(deal_id="deal-6", merchant=None),
    )
    assert [row["shops_observed"] for row in rows] == [1, 1, 2, 3, 4, 4]


def test_a_late_observation_sees_its_own_past_and_changes_the_future(histories):
    rows = histories(
        observation(at_days=0, price_usd=30),
        observation(at_days=10, price_usd=10),
        observation(at_days=5, price_usd=20),
        observation(at_days=11, price_usd=40),
    )
    late, last = rows[2:]
    assert (late["previous_price_usd"], late["all_time_low"], late["days_observed"]) == (30, 20, 2)
    assert (last["previous_price_usd"], last["low_7d"], last["typical_90d"]) == (10, 10, 20)


def test_a_row_without_a_usable_price_passes_with_no_history_and_leaves_none(histories):
    rows = histories(
        observation(price_usd=None),
        observation(price_usd=-1),
        observation(deal_id=None),
        observation(observed_at=None),
        observation(observed_at=-1),
        observation(price_usd=0),
    )
    assert [row["observations"] for row in rows] == [None] * 5 + [1]
    assert [row["all_time_low"] for row in rows] == [None] * 5 + [Decimal(0)]


def test_a_table_without_the_columns_is_refused(ask):
    priceless = "(SELECT * FROM (VALUES ('lamp', 'deal-1')) AS t (product_key, deal_id))"
    with pytest.raises(FlinkError, match="price_history needs deal_id, source and merchant STRING"):
        ask("query", sql=HISTORY.format(table=priceless).replace("TABLE (", "("))


def test_the_plan_keeps_the_state_under_its_uid(ask, histories):
    histories(observation())
    plan = ask("explain", sql=HISTORY.format(table="parsed"))
    assert "uid=[price-history]" in plan


POLICY = """SELECT number, tell_at, quiet_hours, digest_id, digest_size, digest_rank
    FROM alert_policy(input => TABLE hits PARTITION BY rule_id,
                      memory_days => 5, uid => 'alert-policy')"""


def test_a_rule_tells_what_its_python_twin_tells_and_each_rule_for_itself(ask):
    histories = json.loads(POLICY_VECTORS.read_text("utf-8"))
    hits, expected = [], []
    for rule, history in enumerate(histories):
        for step in history["steps"]:
            number, terms = len(hits), step["terms"].split("\t")
            hits.append(
                {
                    "rule_id": f"rule-{rule}",
                    "product_key": step["product_key"],
                    "price_usd": str(Decimal(step["price"]).scaleb(-4)),
                    "observed_at": step["at_ms"],
                    "terms": step["terms"],
                    "number": number,
                }
            )
            if step["held"] is None:
                is_digest = bool(terms[7])
                expected.append(
                    {
                        "number": number,
                        "tell_at": int(terms[4]) if terms[4] else None,
                        "quiet_hours": terms[6] or None,
                        "digest_id": terms[7] or None,
                        "digest_size": int(terms[8]) if is_digest else None,
                        "digest_rank": step["rank"] if is_digest else None,
                    }
                )
    ask("hit", hits=hits)
    assert sorted(ask("query", sql=POLICY), key=lambda row: row["number"]) == expected
    assert "uid=[alert-policy]" in ask("explain", sql=POLICY)


def test_a_map_reaches_python_as_json(ask):
    (row,) = ask(
        "query",
        sql="""SELECT map_to_json(m) AS text,
            map_to_json(CAST(NULL AS MAP<STRING, STRING>)) AS nothing
        FROM (VALUES (MAP['b', '€ "9"', 'a', 'x'])) AS t (m)""",
    )
    assert row == {"text": '{"a":"x","b":"€ \\"9\\""}', "nothing": None}


@pytest.fixture(scope="module")
def registry() -> Iterator[tuple[Registry, str]]:
    """A registry on the loopback with every shipped schema, and its address."""
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0)
    server.start()
    try:
        _, port = server.get_host_and_port()
        endpoint = f"http://127.0.0.1:{port}"
        versions = Registry(glue_client(REGION, endpoint), "deal-finder")
        versions.register_all()
        yield versions, endpoint
    finally:
        server.stop()


def options(topic: str, endpoint: str, **more: str) -> dict[str, str]:
    """The options of the format in a table of this topic."""
    return {
        "registry.name": "deal-finder",
        "schema.name": topic,
        "region": REGION,
        "endpoint": endpoint,
    } | more


@pytest.mark.parametrize("compression", ["none", "zlib"])
@pytest.mark.parametrize("topic", TOPICS)
def test_what_python_writes_the_format_reads_and_what_it_writes_python_reads(
    ask, registry, topic, compression
):
    versions, endpoint = registry
    codec = Codec(versions)
    record = codec.decode(codec.encode(topic, example(topic)))
    written = codec.encode(topic, record, compression=None if compression == "none" else "zlib")
    how = options(topic, endpoint, compression=compression)
    assert ask("decode_error", value=written.hex(), **how) is None
    rewritten = bytes.fromhex(ask("rewrite", value=written.hex(), **how))
    assert rewritten[:18] == written[:18]
    assert codec.decode(rewritten) == record


def test_a_version_that_the_registry_does_not_know_is_a_reason(ask, registry):
    _, endpoint = registry
    how = options("deals.raw", endpoint)
    unknown = frame(UUID("deadbeef-dead-4eef-8ead-beefdeadbeef"), b"\x00")
    assert ask("decode_error", value=unknown.hex(), **how) == "unknown_schema_version"
    assert ask("decode_error", value="03", **how) == "truncated_frame"


def test_a_sink_whose_schema_is_not_registered_says_what_to_run(ask, registry):
    versions, endpoint = registry
    written = Codec(versions).encode("deals.rules", example("deals.rules"))
    changed = json.dumps(definition("deals.rules") | {"doc": "not what is registered"})
    how = options("deals.rules", endpoint, schema=changed)
    with pytest.raises(FlinkError, match=r"run python -m scripts\.bootstrap"):
        ask("rewrite", value=written.hex(), **how)


def test_the_jar_carries_nothing_that_flink_or_the_service_brings(ask):
    with zipfile.ZipFile(APPLICATION_JAR) as jar:
        names = jar.namelist()
    unwanted = ("org/slf4j/", "org/apache/logging/", "org/apache/flink/core/", "scala/")
    assert [name for name in names if name.startswith(unwanted)] == []
    assert [name for name in names if Path(name).suffix in {".SF", ".RSA", ".DSA"}] == []
    assert "software/amazon/msk/auth/iam/IAMLoginModule.class" in names
    assert "org/apache/flink/connector/kafka/source/KafkaSource.class" in names
    assert APPLICATION_JAR.stat().st_size < 40_000_000
