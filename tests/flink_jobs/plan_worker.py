"""Plans each job alone, and all together for their uids; a process of its own for the JVM."""

import json
import sys
from dataclasses import dataclass
from pathlib import Path

from pyflink.table import StreamTableEnvironment

from flink_jobs.application import declare
from flink_jobs.config import JobConfig, JobName
from flink_jobs.environment import execution_environment
from flink_jobs.operator_uids import set_uids
from local.build import APPLICATION_JAR


@dataclass(frozen=True)
class OneJob:
    """Stands for the property group Jobs."""

    run: tuple[JobName, ...]


def main(folder: Path) -> None:
    """Plan every job."""
    groups = json.loads(Path("local/application_properties.json").read_text("utf-8"))
    for group in groups:
        if group["PropertyGroupId"] == "LocalFlink":
            group["PropertyMap"] |= {"jar": str(APPLICATION_JAR), "state.dir": str(folder)}
    path = folder / "properties.json"
    path.write_text(json.dumps(groups), "utf-8")
    config = JobConfig.load(path)
    plans = {}
    for name in JobName:
        alone = config.model_copy(update={"jobs": OneJob((name,))})
        explained = declare(
            StreamTableEnvironment.create(execution_environment(alone)), alone
        ).explain()
        plans[name.value] = explained.partition("== Optimized Execution Plan ==")[2]
    environment = execution_environment(config)
    declare(StreamTableEnvironment.create(environment), config).attach_as_datastream()
    sys.stdout.write(json.dumps({"plans": plans, "uids": set_uids(environment)}) + "\n")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
