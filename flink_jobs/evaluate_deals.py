"""Job evaluate_deals: priced offers in; fair price, price history and a verdict out.

deals_parsed -> checked -> resolved -> linked -> remembered -> judged -> evaluated
    |              |          |                                         +---> deals_evaluated
    |              |          | ^---- deals.products, live
    |              |          +------> products ---------------------------> deals_products
    |              +-----> rejects ----------------------------------------> deals_dlq
    +---------> unreadable ---^
"""

from collections.abc import Iterable

from pyflink.table import StreamTableEnvironment

from flink_jobs.config import JobConfig, JobName
from flink_jobs.dead_letters import dead_letters, unreadable
from flink_jobs.tables import client_properties, columns, decoder_of
from udfs.flink.judging import judge_deals
from udfs.flink.linking import link_products

NAME = JobName.EVALUATE_DEALS
SOURCES = ("deals.parsed",)
# The end of the year 9999, as price_history has it.
LAST_TIME_MS = 253_402_300_799_999
SINKS = {
    "deals.evaluated": "evaluated",
    "deals.products": "products",
    "deals.dlq": "rejects",
}

# What link_products is told of a product, by the names of udfs.matching.blocking.Product. Only that
# crosses to Python; a feed stands for the shop that it does not name.
PRODUCT = {
    "key": "product_key",
    "title": "title",
    "brand": "brand",
    "model_number": "model_number",
    "condition": "`condition`",
    "price_usd": "CAST(price_usd AS DOUBLE)",
    "shop": "COALESCE(merchant, source)",
}


def build(t_env: StreamTableEnvironment, config: JobConfig) -> None:
    """Declare the stages over the bound tables; nothing runs yet."""
    t_env.create_java_temporary_function("price_history", "dealfinder.PriceHistory")
    judge = judge_deals(config.pricing.model_dir, config.pricing.size)
    t_env.create_temporary_function("judge_deals", judge)
    # The parser writes nothing of the kind, but others may write to the topic.
    checked = t_env.sql_query(f"""
        SELECT *, CASE WHEN price_usd < 0 THEN 'price_invalid'
                       WHEN observed_at NOT BETWEEN 0 AND {LAST_TIME_MS} THEN 'time_invalid'
                  END AS reason
        FROM deals_parsed WHERE decode_error IS NULL""")
    t_env.create_temporary_view("checked", checked)
    link = link_products(
        client_properties(config.kafka, config.registry.region),
        decoder_of(config.registry, "deals.products"),
        config.linking.model_dir,
        config.linking.max_products,
    )
    t_env.create_temporary_function("link_products", link)
    for name, query in stages(config.linking.model_dir.name).items():
        t_env.create_temporary_view(name, t_env.sql_query(query))


def _listed(names: Iterable[str]) -> str:
    return ", ".join(f"`{name}`" for name in names)


def stages(matcher: str = "product-match-v1") -> dict[str, str]:
    """The dataflow behind `checked`, in order."""
    parsed = _listed(columns("deals.parsed"))
    others = _listed(name for name in columns("deals.parsed") if name != "product_key")
    return {
        # Both that read it select all of it, so that the planner keeps one call for the two.
        "resolved": f"""
            SELECT {parsed}, l.linked_to, l.score, l.is_new_link
            FROM (SELECT {parsed}, link_products(
                    {", ".join(PRODUCT.values())}) AS l
                FROM checked WHERE reason IS NULL)""",
        # A product goes by the key that it is linked to from here on.
        "linked": f"""
            SELECT linked_to AS product_key, {others},
                   CASE WHEN linked_to <> product_key THEN product_key END AS linked_from
            FROM resolved""",
        "products": f"""
            SELECT product_key, linked_to, score, observed_at AS since, '{matcher}' AS decided_by,
                   title, brand, model_number, `condition`, price_usd,
                   {PRODUCT["shop"]} AS shop
            FROM resolved WHERE is_new_link""",
        # Keyed state: drops duplicates, adds what the product's past says.
        "remembered": """
            SELECT * FROM price_history(
                input => TABLE linked PARTITION BY product_key, uid => 'price-history')""",
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
                linked_from,
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
