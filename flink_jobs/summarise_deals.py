"""Job summarise_deals: evaluated deals in; figures and best deals of categories and windows out.

deals_evaluated -> checked -> counted -> heard -> windows -> stats -> deals_stats
    |                 |       clock -------^         |
    |                 +------> rejects -------> deals_dlq
    +-----------> unreadable ---^
"""

from pyflink.table import StreamTableEnvironment

from flink_jobs.config import JobConfig, JobName, Windows
from flink_jobs.dead_letters import dead_letters, unreadable

NAME = JobName.SUMMARISE_DEALS
SOURCES = ("deals.evaluated",)
SINKS = {"deals.stats": "stats", "deals.dlq": "rejects"}

DEFAULTS = Windows.model_validate({})
EVERYTHING = "*"
# Part of the state: a category's windows are with its shard. The first digit of a hash.
SHARDS = "0,1,2,3,4,5,6,7,8,9,a,b,c,d,e,f"
FAKE = ("list_price_never_charged", "list_price_inflated")
DAY_MS = 24 * 3600 * 1000
# A longer address is no page of a shop; ten of them must fit into a record.
MAX_URL_CHARS = 2_000

# What deal_windows takes of a deal.
DEAL = {
    "deal_id": "STRING",
    "product_key": "STRING",
    "title": "STRING",
    "url": "STRING",
    "merchant": "STRING",
    "price_usd": "DECIMAL(18, 4)",
    "fair_usd_p10": "DECIMAL(18, 4)",
    "discount_ratio": "DOUBLE",
    "deal_score": "DOUBLE",
    "is_bargain": "BOOLEAN",
    "is_best": "BOOLEAN",
    "has_list_price": "BOOLEAN",
    "is_list_price_fake": "BOOLEAN",
    "observed_at": "BIGINT",
    "origin_topic": "STRING",
    "origin_partition": "INT",
    "origin_offset": "BIGINT",
    "payload": "BYTES",
}
# Windows close when later deals come, or by this clock when none do.
CLOCK = f"""
    CREATE TEMPORARY TABLE clock (tick BIGINT, shards AS SPLIT('{SHARDS}', ',')) WITH (
        'connector' = 'datagen', 'rows-per-second' = '1', 'scan.parallelism' = '1')"""


def build(t_env: StreamTableEnvironment, config: JobConfig) -> None:
    """Declare the stages over the bound tables; nothing runs yet."""
    t_env.create_java_temporary_function("deal_windows", "dealfinder.DealWindows")
    t_env.execute_sql(CLOCK)
    for name, query in stages(config.windows).items():
        t_env.create_temporary_view(name, t_env.sql_query(query))


def arguments(windows: Windows) -> str:
    """The arguments of deal_windows that say how long windows are and how long they wait."""
    minute_ms = 60_000
    values = {
        "tumbling_ms": windows.tumbling_minutes * minute_ms,
        "sliding_ms": windows.sliding_hours * 60 * minute_ms,
        "slide_ms": windows.slide_minutes * minute_ms,
        "out_of_order_ms": windows.out_of_order_minutes * minute_ms,
        "lateness_ms": windows.lateness_hours * 60 * minute_ms,
        "idle_ms": windows.idle_s * 1000,
    }
    given = [f"{name} => CAST({value} AS BIGINT)" for name, value in values.items()]
    return ", ".join([*given, f"best => {windows.best_n}"])


def stages(windows: Windows = DEFAULTS) -> dict[str, str]:
    """The dataflow, in order: a stage reads only tables and stages above it."""
    fake = " OR ".join(f"ARRAY_CONTAINS(reason_codes, '{code}')" for code in FAKE)
    deal = ", ".join(DEAL)
    no_deal = ", ".join(f"CAST(NULL AS {type_}) AS {name}" for name, type_ in DEAL.items())
    sizes = f"{windows.tumbling_minutes}m-{windows.sliding_hours}h-{windows.slide_minutes}m"
    return {
        "checked": f"""
            SELECT *, UNIX_TIMESTAMP() * 1000 AS arrived_at,
                CASE WHEN observed_at NOT BETWEEN 0 AND UNIX_TIMESTAMP() * 1000 + {DAY_MS}
                     THEN 'time_invalid' END AS reason,
                verdict = 'bargain' AS is_bargain,
                verdict = 'bargain' AND NOT is_expired AND CHAR_LENGTH(url) <= {MAX_URL_CHARS}
                    AND deal_score IS NOT NULL AND fair_usd_p10 IS NOT NULL AS is_best,
                list_price_usd IS NOT NULL AS has_list_price,
                {fake} AS is_list_price_fake
            FROM deals_evaluated WHERE decode_error IS NULL""",
        # Every deal counts among all, and in its category if it has one.
        "counted": f"""
            SELECT LEFT(MD5(counted_in), 1) AS shard, counted_in AS category, arrived_at, {deal}
            FROM checked CROSS JOIN UNNEST(ARRAY['{EVERYTHING}', category]) AS t(counted_in)
            WHERE reason IS NULL AND counted_in IS NOT NULL""",
        "heard": f"""
            SELECT * FROM counted
            UNION ALL
            SELECT shard, CAST(NULL AS STRING) AS category,
                UNIX_TIMESTAMP() * 1000 AS arrived_at, {no_deal}
            FROM clock CROSS JOIN UNNEST(shards) AS t(shard)""",
        # Keyed state. Windows of other sizes are another state, so the sizes are in its name.
        "windows": f"""
            SELECT * FROM deal_windows(
                input => TABLE heard PARTITION BY shard, {arguments(windows)},
                uid => 'deal-windows-{sizes}')""",
        "stats": "SELECT * FROM windows WHERE reason IS NULL",
        "rejects": dead_letters("SELECT * FROM windows WHERE reason IS NOT NULL", NAME)
        + " UNION ALL "
        + dead_letters(
            "SELECT *, 'observed_at is out of range' AS detail FROM checked"
            " WHERE reason IS NOT NULL",
            NAME,
        )
        + " UNION ALL "
        + unreadable("deals_evaluated", NAME),
    }
