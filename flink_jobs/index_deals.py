"""Job index_deals: OpenSearch holds the latest evaluation of each deal, and the figures of windows.

deals_evaluated -> indexed -------> rejects -> deals_dlq
deals_stats -----> indexed_stats -----^
"""

from pyflink.table import StreamTableEnvironment

from flink_jobs.config import JobConfig, JobName
from flink_jobs.dead_letters import dead_letters, unreadable
from flink_jobs.tables import columns
from udfs.flink.indexing import index_deals, index_stats

NAME = JobName.INDEX_DEALS
SOURCES = ("deals.evaluated", "deals.stats")
# The indices themselves are written by the functions, a bulk a batch; what they refuse comes back.
SINKS = {"deals.dlq": "rejects"}
REJECTED = "SELECT *, 'document_rejected' AS reason, rejection AS detail FROM "


def build(t_env: StreamTableEnvironment, config: JobConfig) -> None:
    """Declare the stages over the bound tables; nothing runs yet."""
    search = config.search.model_dump() | {"password": None}
    if config.search.password is not None:
        search["password"] = config.search.password.get_secret_value()
    t_env.create_temporary_function("index_deals", index_deals(search, arguments()))
    t_env.create_temporary_function("index_stats", index_stats(search, stats_arguments()))
    for name, query in stages().items():
        t_env.create_temporary_view(name, t_env.sql_query(query))


def arguments() -> dict[str, str]:
    """Columns of the document, and the SQL that makes each fit for Arrow."""
    kinds = columns("deals.evaluated")
    return {
        name: f"ARRAY_JOIN(`{name}`, U&'\\000a')" if kind.startswith("ARRAY") else f"`{name}`"
        for name, kind in kinds.items()
    }


def stats_arguments() -> dict[str, str]:
    """The same of the figures of windows: lists of records travel as JSON."""
    kinds = columns("deals.stats")
    return {
        name: f"JSON_STRING(`{name}`)" if kind.startswith("ARRAY") else f"`{name}`"
        for name, kind in kinds.items()
    }


def stages() -> dict[str, str]:
    """The dataflow, in order."""
    return {
        "indexed": f"""
            SELECT origin_topic, origin_partition, origin_offset, payload,
                   index_deals({", ".join(arguments().values())}) AS rejection
            FROM deals_evaluated WHERE decode_error IS NULL""",
        "indexed_stats": f"""
            SELECT origin_topic, origin_partition, origin_offset, payload,
                   index_stats({", ".join(stats_arguments().values())}) AS rejection
            FROM deals_stats WHERE decode_error IS NULL""",
        "rejects": " UNION ALL ".join(
            [
                dead_letters(REJECTED + "indexed WHERE rejection IS NOT NULL", NAME),
                dead_letters(REJECTED + "indexed_stats WHERE rejection IS NOT NULL", NAME),
                unreadable("deals_evaluated", NAME),
                unreadable("deals_stats", NAME),
            ]
        ),
    }
