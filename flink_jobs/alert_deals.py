"""Job alert_deals: evaluated deals in; an alert for each rule that asked for one, told once.

deals_evaluated -> matched -> hits -> told_once -> alerts -> deals_alerts
       |              ^ deals.rules, live            ^ Bedrock
       +--------> rejects <------ deals_rules --------------> deals_dlq
"""

from functools import partial

from pyflink.table import StreamTableEnvironment

from flink_jobs.config import JobConfig, JobName
from flink_jobs.dead_letters import unreadable
from flink_jobs.tables import client_properties, columns, record_decoder
from udfs.alerting.matching import COLUMNS
from udfs.flink.alerting import match_rules
from udfs.flink.describing import describe_deals

NAME = JobName.ALERT_DEALS
SOURCES = ("deals.evaluated", "deals.rules")
SINKS = {"deals.alerts": "alerts", "deals.dlq": "rejects"}

# What the description may say; lists cross to Python as text.
FACTS = {
    name: f"`{name}`"
    for name in (
        "title", "merchant", "condition", "price", "currency", "price_usd", "fair_usd_p50",
        "previous_price", "low_90d", "all_time_low", "discount_usd", "discount_ratio",
        "days_observed",
    )
} | {"reasons": "ARRAY_JOIN(reasons, U&'\\000a')"}  # fmt: skip


def build(t_env: StreamTableEnvironment, config: JobConfig) -> None:
    """Declare the stages over the bound tables; nothing runs yet."""
    # Only this job's deduplication reads it: price_history has a time to live of its own.
    t_env.get_config().set("table.exec.state.ttl", f"{config.alerts.memory_days} d")
    kafka = client_properties(config.kafka, config.registry.region)
    match = match_rules(kafka, partial(record_decoder, config.registry, "deals.rules"))
    t_env.create_temporary_function("match_rules", match)
    t_env.create_temporary_function(
        "describe_deals", describe_deals(config.bedrock.model_dump(), FACTS)
    )
    for name, query in stages().items():
        t_env.create_temporary_view(name, t_env.sql_query(query))


def stages() -> dict[str, str]:
    """The dataflow, in order."""
    asked = ", ".join(f"`{name}`" for name in COLUMNS)
    deal = [name for name in columns("deals.alerts") if name in columns("deals.evaluated")]
    return {
        "matched": f"""
            SELECT *, SPLIT(found, U&'\\000a') AS matched_rules FROM (
                SELECT *, match_rules({asked}) AS found
                FROM deals_evaluated WHERE decode_error IS NULL)
            WHERE found IS NOT NULL""",
        "hits": """
            SELECT *, LEFT(hit, 32) AS alert_id, SUBSTRING(hit, 34) AS rule_id,
                   PROCTIME() AS matched_at
            FROM matched CROSS JOIN UNNEST(matched_rules) AS t(hit)""",
        "told_once": """
            SELECT * FROM (
                SELECT *, ROW_NUMBER() OVER (PARTITION BY alert_id ORDER BY matched_at) AS sighting
                FROM hits)
            WHERE sighting = 1""",
        "alerts": f"""
            SELECT alert_id, rule_id, {", ".join(f"`{name}`" for name in deal)},
                   CAST(NULL AS STRING) AS digest_id, CAST(NULL AS INT) AS digest_rank,
                   d.description, d.description_status, UNIX_TIMESTAMP() * 1000 AS created_at
            FROM (SELECT *, describe_deals({", ".join(FACTS.values())}) AS d FROM told_once)""",
        # A tombstone removes a rule: it has no payload, an empty record has an empty one.
        "rules": "SELECT * FROM deals_rules WHERE payload IS NOT NULL",
        "rejects": unreadable("deals_evaluated", NAME) + " UNION ALL " + unreadable("rules", NAME),
    }
