"""Job alert_deals: evaluated deals in; an alert for each rule that asked for one, told once.

deals_evaluated -> matched -> hits -> told -> alerts -> deals_alerts
       |              ^ deals.rules, live       ^ Bedrock
       +--------> rejects <- rules <- deals_rules ------> deals_dlq
"""

from pyflink.table import StreamTableEnvironment

from flink_jobs.config import JobConfig, JobName
from flink_jobs.dead_letters import dead_letters, unreadable
from flink_jobs.tables import client_properties, columns, decoder_of
from udfs.alerting.hits import HIT_COLUMNS
from udfs.flink.alerting import match_rules, rule_fault
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
    kafka = client_properties(config.kafka, config.registry.region)
    decoder = decoder_of(config.registry, "deals.rules")
    t_env.create_temporary_function("match_rules", match_rules(kafka, decoder))
    t_env.create_temporary_function("rule_fault", rule_fault(decoder))
    t_env.create_java_temporary_function("alert_policy", "dealfinder.AlertPolicy")
    t_env.create_temporary_function(
        "describe_deals", describe_deals(config.bedrock.model_dump(), FACTS)
    )
    for name, query in stages(config.alerts.memory_days).items():
        t_env.create_temporary_view(name, t_env.sql_query(query))


def stages(memory_days: int = 90) -> dict[str, str]:
    """The dataflow, in order."""
    asked = ", ".join(f"`{name}`" for name in HIT_COLUMNS)
    deal = [name for name in columns("deals.alerts") if name in columns("deals.evaluated")]
    return {
        "matched": f"""
            SELECT *, SPLIT(found, U&'\\000a') AS matched_rules FROM (
                SELECT *, match_rules({asked}) AS found
                FROM deals_evaluated WHERE decode_error IS NULL)
            WHERE found IS NOT NULL""",
        "hits": """
            SELECT *, SPLIT_INDEX(hit, U&'\\001f', 0) AS alert_id,
                   SPLIT_INDEX(hit, U&'\\001f', 1) AS rule_id,
                   SPLIT_INDEX(hit, U&'\\001f', 2) AS terms
            FROM matched CROSS JOIN UNNEST(matched_rules) AS t(hit)""",
        # Keyed state: holds back what the rule's policy does not let pass.
        "told": f"""
            SELECT * FROM alert_policy(
                input => TABLE hits PARTITION BY rule_id, memory_days => {memory_days},
                uid => 'alert-policy')""",
        "alerts": f"""
            SELECT alert_id, rule_id, {", ".join(f"`{name}`" for name in deal)},
                   tell_at, quiet_hours, digest_id, digest_size, digest_rank,
                   d.description, d.description_status, UNIX_TIMESTAMP() * 1000 AS created_at
            FROM (SELECT *, describe_deals({", ".join(FACTS.values())}) AS d FROM told)""",
        # A tombstone removes a rule: it has no payload, an empty record has an empty one.
        "rules": "SELECT * FROM deals_rules WHERE payload IS NOT NULL",
        "unusable": """
            SELECT * FROM (
                SELECT *, rule_fault(payload) AS detail FROM rules WHERE decode_error IS NULL)
            WHERE detail IS NOT NULL""",
        "rejects": " UNION ALL ".join(
            (
                unreadable("deals_evaluated", NAME),
                unreadable("rules", NAME),
                dead_letters("SELECT *, 'rule_invalid' AS reason FROM unusable", NAME),
            )
        ),
    }
