"""Job evaluate_deals: priced offers in; fair price, price history and a verdict out.

deals_parsed -> checked -> usable -> remembered -> judged -> evaluated -> deals_evaluated
    |              +-----> rejects ----------------------------> deals_dlq
    +---------> unreadable ---^
"""

from pyflink.table import StreamTableEnvironment

from flink_jobs.config import JobConfig, JobName
from flink_jobs.dead_letters import dead_letters, unreadable
from flink_jobs.tables import columns
from udfs.flink.judging import judge_deals

NAME = JobName.EVALUATE_DEALS
SOURCES = ("deals.parsed",)
# The end of the year 9999, as price_history has it.
LAST_TIME_MS = 253_402_300_799_999
SINKS = {"deals.evaluated": "evaluated", "deals.dlq": "rejects"}


def build(t_env: StreamTableEnvironment, config: JobConfig) -> None:
    """Declare the stages over the bound tables; nothing runs yet."""
    t_env.create_java_temporary_function("price_history", "dealfinder.PriceHistory")
    judge = judge_deals(config.pricing.model_dir, config.pricing.size)
    t_env.create_temporary_function("judge_deals", judge)
    for name, query in stages().items():
        t_env.create_temporary_view(name, t_env.sql_query(query))


def stages() -> dict[str, str]:
    """The dataflow, in order: a stage reads only tables and stages above it."""
    parsed = ", ".join(f"`{name}`" for name in columns("deals.parsed"))
    return {
        # The parser writes nothing of the kind, but others may write to the topic.
        "checked": f"""
            SELECT *, CASE WHEN price_usd < 0 THEN 'price_invalid'
                           WHEN observed_at NOT BETWEEN 0 AND {LAST_TIME_MS} THEN 'time_invalid'
                      END AS reason
            FROM deals_parsed WHERE decode_error IS NULL""",
        "usable": f"SELECT {parsed} FROM checked WHERE reason IS NULL",
        # Keyed state: drops duplicates, adds what the product's past says.
        "remembered": """
            SELECT * FROM price_history(
                input => TABLE usable PARTITION BY product_key, uid => 'price-history')""",
        "judged": """
            SELECT *, judge_deals(
                title, brand, category, `condition`, is_expired, is_held, is_repeated,
                CAST(price_usd AS DOUBLE), CAST(list_price_usd AS DOUBLE),
                CAST(previous_price_usd AS DOUBLE), CAST(low_90d AS DOUBLE),
                CAST(all_time_low AS DOUBLE), CAST(all_time_high AS DOUBLE),
                CAST(typical_90d AS DOUBLE), days_observed) AS j
            FROM remembered""",
        "evaluated": f"""
            SELECT *,
                fair_usd_p50 - price_usd AS discount_usd,
                CASE WHEN fair_usd_p50 > 0 THEN
                    CAST((fair_usd_p50 - price_usd) / fair_usd_p50 AS DOUBLE) END AS discount_ratio
            FROM (SELECT {parsed},
                CAST(j.fair_usd_p10 AS DECIMAL(18, 4)) AS fair_usd_p10,
                CAST(j.fair_usd_p50 AS DECIMAL(18, 4)) AS fair_usd_p50,
                CAST(j.fair_usd_p90 AS DECIMAL(18, 4)) AS fair_usd_p90,
                j.model_version, previous_price_usd AS previous_price, low_7d, low_30d, low_90d,
                all_time_low, days_observed, observations, j.verdict,
                SPLIT(j.reason_codes, U&'\\000a') AS reason_codes,
                SPLIT(j.reasons, U&'\\000a') AS reasons,
                CAST(NULL AS STRING) AS linked_from,
                j.unit_count,
                CAST(price_usd / j.unit_count AS DECIMAL(18, 4)) AS unit_price_usd,
                j.deal_score,
                typical_7d, typical_30d, typical_90d, all_time_low_at, last_change_at,
                shops_observed, j.low_badge
                FROM judged)""",
        "rejects": dead_letters(
            "SELECT *, 'price_usd or observed_at is out of range' AS detail"
            " FROM checked WHERE reason IS NOT NULL",
            NAME,
        )
        + " UNION ALL "
        + unreadable("deals_parsed", NAME),
    }
