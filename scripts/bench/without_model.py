"""Our evaluate_deals without the model: the application as shipped, whose judging is NULLs."""

import os
import sys
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import cast

from pyflink.table import StreamTableEnvironment

from flink_jobs import application, evaluate_deals
from flink_jobs.config import JobConfig, JobName

SINKS = evaluate_deals.SINKS
CHECKED = "SELECT *, CAST(NULL AS STRING) AS reason FROM deals_parsed WHERE decode_error IS NULL"
NO_LINKS = "SELECT *, CAST(NULL AS STRING) AS linked_from FROM checked WHERE reason IS NULL"
NO_VERDICT = """
    SELECT *, CAST(ROW(
        CAST(NULL AS DOUBLE), CAST(NULL AS DOUBLE), CAST(NULL AS DOUBLE), 'none', 'unknown',
        'no_estimate', 'nothing known to compare with', CAST(NULL AS DOUBLE), CAST(NULL AS INT),
        'none'
    ) AS ROW<fair_usd_p10 DOUBLE, fair_usd_p50 DOUBLE, fair_usd_p90 DOUBLE, model_version STRING,
        verdict STRING, reason_codes STRING, reasons STRING, deal_score DOUBLE, unit_count INT,
        low_badge STRING>) AS j
    FROM remembered"""


def build(t_env: StreamTableEnvironment, _config: JobConfig) -> None:
    """The job's stages, the judging one replaced."""
    t_env.create_java_temporary_function("price_history", "dealfinder.PriceHistory")
    stages = evaluate_deals.stages() | {"linked": NO_LINKS, "judged": NO_VERDICT}
    del stages["resolved"], stages["products"]
    for name, query in ({"checked": CHECKED} | stages).items():
        t_env.create_temporary_view(name, t_env.sql_query(query))


def main() -> None:
    """Run until killed."""
    job = SimpleNamespace(
        NAME=evaluate_deals.NAME,
        SOURCES=evaluate_deals.SOURCES,
        SINKS={topic: stage for topic, stage in SINKS.items() if topic != "deals.products"},
        build=build,
    )
    application.JOBS[JobName.EVALUATE_DEALS] = cast("ModuleType", job)
    application.run(JobConfig.load(Path(os.environ["DEAL_FINDER_PROPERTIES"])))


if __name__ == "__main__":
    sys.exit(main())
