"""Entry point of the application: the same on the managed service and on a laptop."""

import os
import sys
from collections.abc import Mapping
from pathlib import Path

from flink_jobs.config import ConfigError, JobConfig
from flink_jobs.dead_letters import DeadLetterBudgetError
from udfs.logs import log_as_json

ROOT = Path(__file__).resolve().parent
SERVICE_PROPERTIES = Path("/etc/flink/application_properties.json")
LOCAL_PROPERTIES = ROOT / "local" / "application_properties.json"


def properties_path(environ: Mapping[str, str]) -> Path:
    """Where the properties are: IS_LOCAL must equal `true`; `false` is not true.

    DEAL_FINDER_PROPERTIES is another place for either, such as that of a cluster of one's own.
    """
    usual = LOCAL_PROPERTIES if environ.get("IS_LOCAL") == "true" else SERVICE_PROPERTIES
    return Path(environ.get("DEAL_FINDER_PROPERTIES", usual))


def load(environ: Mapping[str, str]) -> JobConfig:
    """Read and check the configuration.

    Raises:
        ConfigError: it cannot be used here.
    """
    path = properties_path(environ)
    config = JobConfig.load(path)
    if (environ.get("IS_LOCAL") == "true") != (config.local_flink is not None):
        message = f"{path}: group LocalFlink: belongs there exactly when IS_LOCAL=true"
        raise ConfigError(message)
    return config


def main() -> int:
    """Run the jobs that the properties name.

    Returns:
        The exit code: 2 if the configuration cannot be used, 3 if the jobs have stopped because
        of their dead letters.
    """
    try:
        config = load(os.environ)
    except ConfigError as error:
        sys.stderr.write(f"{error}\n")
        return 2
    log_as_json()
    # A JVM starts with this import: not before the configuration is known to be good.
    from flink_jobs.application import run

    try:
        run(config)
    except DeadLetterBudgetError as error:
        sys.stderr.write(f"{error}\n")
        return 3
    return 0


if __name__ == "__main__":
    sys.exit(main())
