"""Job index_deals: evaluated deals in; OpenSearch holds the latest evaluation of each deal.

deals_evaluated -> readable -> indexed -> rejects -> deals_dlq
       +--------> unreadable ----------------^
"""

from pyflink.table import StreamTableEnvironment

from flink_jobs.config import JobConfig, JobName
from flink_jobs.dead_letters import dead_letters, unreadable
from flink_jobs.tables import columns
from udfs.flink.indexing import index_deals

NAME = JobName.INDEX_DEALS
SOURCES = ("deals.evaluated",)
# The search index itself is written by the function, a bulk a batch; what it refuses comes back.
SINKS = {"deals.dlq": "rejects"}


def build(t_env: StreamTableEnvironment, config: JobConfig) -> None:
    """Declare the stages over the bound tables; nothing runs yet."""
    search = config.search.model_dump() | {"password": None}
    if config.search.password is not None:
        search["password"] = config.search.password.get_secret_value()
    t_env.create_temporary_function("index_deals", index_deals(search, arguments()))
    for name, query in stages().items():
        t_env.create_temporary_view(name, t_env.sql_query(query))


def arguments() -> dict[str, str]:
    """Columns of the document, and the SQL that makes each fit for Arrow."""
    kinds = columns("deals.evaluated")
    return {
        name: f"ARRAY_JOIN(`{name}`, U&'\\000a')" if kind.startswith("ARRAY") else f"`{name}`"
        for name, kind in kinds.items()
    }


def stages() -> dict[str, str]:
    """The dataflow, in order."""
    return {
        "indexed": f"""
            SELECT origin_topic, origin_partition, origin_offset, payload,
                   index_deals({", ".join(arguments().values())}) AS rejection
            FROM deals_evaluated WHERE decode_error IS NULL""",
        "rejects": dead_letters(
            "SELECT *, 'document_rejected' AS reason, rejection AS detail"
            " FROM indexed WHERE rejection IS NOT NULL",
            NAME,
        )
        + " UNION ALL "
        + unreadable("deals_evaluated", NAME),
    }
