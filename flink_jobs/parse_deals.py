"""Job parse_deals: feed items in, priced offers with an identity out.

deals_raw -> readable -> checked -> parsed  -> deals_parsed
    |                       +-----> rejects -> deals_dlq
    +-----> unreadable ---------------^
"""

from pyflink.table import StreamTableEnvironment

from flink_jobs.config import JobConfig, JobName
from flink_jobs.dead_letters import dead_letters, unreadable
from flink_jobs.tables import columns
from udfs.flink.parsing import parse_deals

NAME = JobName.PARSE_DEALS
SOURCES = ("deals.raw",)
SINKS = {"deals.parsed": "parsed", "deals.dlq": "rejects"}

# Passes through the parser, so that a reject keeps its record.
ORIGIN = {
    "origin_topic": "STRING",
    "origin_partition": "INT",
    "origin_offset": "BIGINT",
    "payload": "BYTES",
}
# What is parsed, and where it is from; Arrow takes no maps.
ITEM = {
    name: name
    for name in (
        "source", "item_id", "fetched_at", "published_at", "title", "link", "summary_html",
    )
} | {"extras_json": "map_to_json(extras)"}  # fmt: skip


def build(t_env: StreamTableEnvironment, config: JobConfig) -> None:
    """Declare the stages over the bound tables; nothing runs yet."""
    t_env.create_java_temporary_function("map_to_json", "dealfinder.MapToJson")
    readable = t_env.sql_query(f"""
        SELECT {", ".join(ORIGIN)}, {", ".join(ITEM.values())}
        FROM deals_raw WHERE decode_error IS NULL""")
    # `map` is shared by both sinks; a scalar function would parse once for each of them.
    parse = parse_deals(
        config.parsing.rates_usd, config.parsing.rates_as_of, ORIGIN, ITEM, columns("deals.parsed")
    )
    checked = readable.map(parse)
    t_env.create_temporary_view("checked", checked)
    for name, query in stages().items():
        t_env.create_temporary_view(name, t_env.sql_query(query))


def stages() -> dict[str, str]:
    """The dataflow behind `checked`, in order."""
    return {
        "parsed": "SELECT * FROM checked WHERE reason IS NULL",
        "rejects": dead_letters("SELECT * FROM checked WHERE reason IS NOT NULL", NAME)
        + " UNION ALL "
        + unreadable("deals_raw", NAME),
    }
