"""`python -m tests.savepoints`: take the savepoint of this version, to be committed at a release.

Runs all jobs over the known records, stops them, and leaves the folder `tests/savepoints/VERSION`:
Flink's savepoint and `offsets.json`, how much of each topic they had read.
"""

import json
import shutil
import sys
import tempfile
import time
from pathlib import Path

from confluent_kafka import Consumer, TopicPartition

from flink_jobs.application import JOBS
from flink_jobs.config import Kafka
from local.progress import Progress
from scripts.connection import Connection
from tests.application import Running
from tests.savepoints.known import DAYS, FOLDER, deals, stopped_jobs
from udfs.version import CODE_VERSION

OFFSETS = "offsets.json"
DEADLINE_S = 120.0
# Windows close by the clock some seconds after the last deal.
QUIET_S = 15.0


def offsets(connection: Connection) -> tuple[dict[str, int], int]:
    """Records on each topic that a job reads, and how many of them are not read yet."""
    ends: dict[str, int] = {}
    behind = 0
    for name, job in JOBS.items():
        group = f"{Kafka.model_fields['group_prefix'].default}.{name}"
        client = Consumer(connection.kafka | {"group.id": group})
        try:
            for topic in job.SOURCES:
                partition = TopicPartition(topic, 0)
                (known,) = client.committed([partition], timeout=10)
                _, ends[topic] = client.get_watermark_offsets(partition, timeout=10)
                behind += ends[topic] - max(0, known.offset)
        finally:
            client.close()
    return ends, behind


def await_read(connection: Connection) -> dict[str, int]:
    """Wait until all has been read and nothing new has come for a while; returns the ends."""
    until_s = time.monotonic() + DEADLINE_S
    quiet_from_s, before = time.monotonic(), (dict[str, int](), 1)
    while (now := offsets(connection))[1] or time.monotonic() - quiet_from_s < QUIET_S:
        if now != before:
            quiet_from_s, before = time.monotonic(), now
        if time.monotonic() > until_s:
            message = f"the jobs are {now[1]} records behind after {DEADLINE_S:g} s"
            raise TimeoutError(message)
        time.sleep(1)
    return now[0]


def main() -> int:
    """Take it; 0 if the folder is there."""
    target = FOLDER / CODE_VERSION
    with tempfile.TemporaryDirectory() as home, stopped_jobs(Path(home)) as jobs:
        running = Running(jobs.stack, jobs.start(Progress()))
        running.send_deals(*deals())
        running.await_records("deals.evaluated", lambda _: True, 2 * DAYS)
        read = await_read(running.connection)
        savepoint = jobs.stop(Progress())
        if (now := offsets(running.connection)) != (read, 0):
            sys.stderr.write(f"records came while the jobs stopped: {read}, {now}; try again\n")
            return 1
        shutil.rmtree(target, ignore_errors=True)
        shutil.copytree(savepoint, target)
    (target / OFFSETS).write_text(json.dumps(read, indent=2) + "\n", "utf-8")
    size = sum(path.stat().st_size for path in target.iterdir())
    sys.stdout.write(f"{target}: {size:,} bytes; commit it\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
