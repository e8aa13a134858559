"""The execution environment: on the service as the application sets it, locally by the file."""

from pyflink.common import Configuration
from pyflink.datastream import StreamExecutionEnvironment

from flink_jobs.config import Delivery, JobConfig, LocalFlink


def execution_environment(config: JobConfig) -> StreamExecutionEnvironment:
    """Create it; nothing runs yet.

    On the service no Flink key is set here: it refuses those that it does not list.
    """
    if config.local_flink is None:
        return StreamExecutionEnvironment.get_execution_environment()
    settings = Configuration()
    for key, value in local_settings(config.local_flink, config.kafka.delivery).items():
        settings.set_string(key, value)
    return StreamExecutionEnvironment.get_execution_environment(settings)


def local_settings(local: LocalFlink, delivery: Delivery) -> dict[str, str]:
    """Flink keys of the local MiniCluster."""
    state_uri = local.state_dir.resolve().as_uri()
    restored = newest_checkpoint(local)
    return {
        "pipeline.jars": local.jar.resolve().as_uri(),
        "parallelism.default": str(local.parallelism),
        "rest.address": "127.0.0.1",
        "rest.bind-address": "127.0.0.1",
        "rest.port": str(local.rest_port),
        "rest.bind-port": str(local.rest_port),
        "state.backend.type": "rocksdb",
        "state.backend.rocksdb.localdir": str(local.state_dir.resolve() / "rocksdb"),
        "execution.checkpointing.interval": f"{local.checkpoint_interval_s} s",
        "execution.checkpointing.mode": (
            "EXACTLY_ONCE" if delivery is Delivery.EXACTLY_ONCE else "AT_LEAST_ONCE"
        ),
        "execution.checkpointing.incremental": "true",
        # A MiniCluster otherwise keeps checkpoints in memory, 5 MB at most.
        "execution.checkpointing.storage": "filesystem",
        "execution.checkpointing.dir": f"{state_uri}/checkpoints",
        "execution.checkpointing.externalized-checkpoint-retention": "RETAIN_ON_CANCELLATION",
        # An outage must outlast no limit: the tasks restart until the dependency is back.
        "restart-strategy.type": "exponential-delay",
        "restart-strategy.exponential-delay.initial-backoff": "1 s",
        "restart-strategy.exponential-delay.max-backoff": "10 s",
        "python.fn-execution.bundle.time": str(local.bundle_time_ms),
    } | ({"execution.state-recovery.path": restored} if restored else {})


def newest_checkpoint(local: LocalFlink) -> str | None:
    """The URI of the newest complete checkpoint or savepoint of an earlier run, if there is one."""
    found = [
        *(local.state_dir / "checkpoints").glob("*/chk-*/_metadata"),
        *(local.state_dir / "savepoints").glob("*/_metadata"),
    ]
    newest = max(found, key=lambda path: path.stat().st_mtime_ns, default=None)
    return newest.parent.resolve().as_uri() if newest else None
