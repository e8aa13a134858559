"""The application: the jobs that the configuration names, as one Flink job."""

import re
from types import ModuleType

from pyflink.table import StatementSet, StreamTableEnvironment

from flink_jobs import alert_deals, evaluate_deals, index_deals, parse_deals, summarise_deals
from flink_jobs.config import JobConfig, JobName
from flink_jobs.dead_letters import DeadLetterBudgetError
from flink_jobs.environment import execution_environment
from flink_jobs.operator_uids import set_uids
from flink_jobs.tables import DEAD_LETTERS, bind_sink, bind_source, insert

APPLICATION = "deal-finder"
JOBS: dict[JobName, ModuleType] = {
    job.NAME: job
    for job in (parse_deals, evaluate_deals, index_deals, alert_deals, summarise_deals)
}


def declare(t_env: StreamTableEnvironment, config: JobConfig) -> StatementSet:
    """Bind the tables and declare the stages of each job, in a database of its own.

    The dead letters of all jobs share one sink. That makes the application one failover region,
    which it must be: the Python functions of a TaskManager share one process, and a task that
    restarts alone gets the same dead one again for as long as other tasks hold it.
    """
    statements = t_env.create_statement_set()
    t_env.create_java_temporary_system_function("count_dead_letter", "dealfinder.CountDeadLetter")
    t_env.create_java_temporary_system_function("within_budget", "dealfinder.WithinBudget")
    rejects = []
    for name in config.jobs.run:
        job = JOBS[name]
        t_env.execute_sql(f"CREATE DATABASE {name}")
        t_env.use_database(name)
        for topic in job.SOURCES:
            bind_source(t_env, topic, name, config)
        job.build(t_env, config)
        for topic, stage in job.SINKS.items():
            if topic == DEAD_LETTERS:
                rejects.append(f"SELECT * FROM {name}.{stage}")
            else:
                bind_sink(t_env, topic, name, config)
                statements.add_insert_sql(insert(topic, stage, config.dead_letters))
    bind_sink(t_env, DEAD_LETTERS, "all", config)
    union = f"({' UNION ALL '.join(rejects)})"
    statements.add_insert_sql(insert(DEAD_LETTERS, union, config.dead_letters))
    return statements


def run(config: JobConfig) -> None:
    """Start the jobs; locally wait for them, on the service the cluster runs them on.

    Raises:
        DeadLetterBudgetError: locally, the jobs have stopped because of their dead letters.
    """
    environment = execution_environment(config)
    declare(StreamTableEnvironment.create(environment), config).attach_as_datastream()
    set_uids(environment)
    job = environment.execute_async(APPLICATION)
    if config.local_flink is None:
        return
    try:
        job.get_job_execution_result().result()
    except Exception as error:  # whatever py4j makes of Flink's: its text holds the cause
        said = re.search(r"Dead-letter budget spent: .*", str(error))
        if said is None:
            raise
        raise DeadLetterBudgetError(said[0]) from None
