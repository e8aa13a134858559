"""The query of a stage's dead letters, alike in every job; each is counted where it is made."""

from flink_jobs.config import JobName
from udfs.version import CODE_VERSION


class DeadLetterBudgetError(Exception):
    """The jobs have stopped: too much of what they read became dead letters."""


def unreadable(source: str, job: JobName) -> str:
    """Dead letters of the records of a source that could not be decoded."""
    detail = "'not readable as Glue-framed Avro' AS detail"
    return dead_letters(
        f"SELECT *, decode_error AS reason, {detail} FROM {source} WHERE decode_error IS NOT NULL",
        job,
    )


def dead_letters(rejects: str, job: JobName) -> str:
    """Dead letters of rejected records.

    Args:
        rejects: Query with reason, detail, payload and the origin columns of a source.
        job: The stage that rejects.

    Returns:
        A query with the columns of deals.dlq, its Kafka key `origin` included.
    """
    return f"""
        SELECT
            CONCAT_WS(':', origin_topic, CAST(origin_partition AS STRING),
                      CAST(origin_offset AS STRING)) AS origin,
            '{job}' AS stage,
            count_dead_letter(reason) AS reason,
            detail,
            origin_topic AS topic,
            origin_partition AS `partition`,
            origin_offset AS `offset`,
            payload,
            UNIX_TIMESTAMP() * 1000 AS `at`,
            '{CODE_VERSION}' AS code_version
        FROM ({rejects})"""
