"""What an application declares, without an engine."""

import io
import pickle
from unittest.mock import MagicMock

import cloudpickle
import pytest
from pyflink.table.udf import UserDefinedFunctionWrapper

from flink_jobs.application import JOBS, declare
from flink_jobs.config import JobConfig
from main import LOCAL_PROPERTIES
from scripts.package import OF_WORKERS

OURS = {"flink_jobs", "local", "main", "models", "schemas", "scripts", "tests", "udfs"}


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


class Modules(pickle.Unpickler):
    """Notes the modules that what is read needs."""

    def __init__(self, data: bytes) -> None:
        super().__init__(io.BytesIO(data))
        self.names: set[str] = set()

    def find_class(self, module: str, name: str) -> object:
        self.names.add(module.partition(".")[0])
        return super().find_class(module, name)


def functions() -> list[UserDefinedFunctionWrapper]:
    t_env = MagicMock()
    declare(t_env, JobConfig.load(LOCAL_PROPERTIES))
    arguments = [each for call in t_env.mock_calls for each in (*call.args, *call.kwargs.values())]
    return [each for each in arguments if isinstance(each, UserDefinedFunctionWrapper)]


@pytest.mark.parametrize("function", functions(), ids=lambda each: type(each._func).__name__)
def test_a_function_needs_no_code_of_ours_that_is_not_shipped_to_the_workers(function):
    modules = Modules(cloudpickle.dumps(function._func))
    modules.load()
    assert modules.names & OURS <= OF_WORKERS
    assert "udfs" in modules.names


def test_every_python_function_of_the_jobs_is_looked_at():
    assert len(functions()) >= 8
