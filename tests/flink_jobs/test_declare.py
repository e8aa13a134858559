"""What an application declares, without an engine."""

from unittest.mock import MagicMock

from flink_jobs.application import JOBS, declare
from flink_jobs.config import JobConfig
from main import LOCAL_PROPERTIES


def inserts() -> list[str]:
    t_env = MagicMock()
    declare(t_env, JobConfig.load(LOCAL_PROPERTIES))
    statements = t_env.create_statement_set.return_value
    return [call.args[0] for call in statements.add_insert_sql.call_args_list]


def test_the_dead_letters_of_all_jobs_share_a_sink_so_that_all_jobs_restart_together():
    """Else a dead Python process is held by those that run on, for those that restart."""
    (letters,) = [insert for insert in inserts() if insert.startswith("INSERT INTO deals_dlq")]
    for job in JOBS:
        assert f" FROM {job}.rejects" in letters


def test_dead_letters_pass_the_budget_and_nothing_else_does():
    config = JobConfig.load(LOCAL_PROPERTIES).dead_letters
    for insert in inserts():
        assert ("within_budget(" in insert) == insert.startswith("INSERT INTO deals_dlq")
    assert f"{config.window_records}, {config.max_consecutive})" in inserts()[-1]
