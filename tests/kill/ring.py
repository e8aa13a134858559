"""The ring: a standalone cluster with the packaged jobs, a known stream, faults, one verdict.

`python -m tests.kill.ring --records 200000 --faults 20 --seed 1` runs it by hand and prints the
verdict as JSON; `make test-kill` and the short ring of `make test` are the same.
"""

import argparse
import json
import os
import random
import shutil
import signal
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path
from typing import Any

from confluent_kafka import Consumer, Producer, TopicPartition

from flink_jobs.application import JOBS
from flink_jobs.config import JobName
from local.build import ROOT, build
from local.ports import Ports
from local.progress import Progress
from local.stack import Stack
from main import LOCAL_PROPERTIES
from scripts import package, rules
from scripts.bootstrap import bootstrap
from scripts.connection import Connection
from scripts.rule_files import WrittenRule
from tests.kill.cluster import RECOVERY_S, KillableCluster
from tests.kill.disk import Disk
from tests.kill.faults import FAULTS, OFTEN
from tests.kill.oracle import MAX_PRICE, RULE, expect
from tests.kill.stream import PARTITIONS, Entry, encoded, entries
from tests.kill.verdict import judge
from udfs.verdicts.verdict import Verdict

GROUP = "ring"
INDEX = "ring"
STILL_S = 180.0
PIECES = 12  # of what is written between two faults


@dataclass
class Outcome:
    """What a ring has shown."""

    seed: int
    records: int
    hits: list[dict[str, Any]] = field(default_factory=list)
    seconds: dict[str, float] = field(default_factory=dict)
    fatal_exits: int = 0
    verdict: dict[str, Any] = field(default_factory=dict)

    @property
    def mistakes(self) -> dict[str, int]:
        """What is wrong, by kind; empty is well."""
        mistakes: dict[str, int] = self.verdict["mistakes"]
        return mistakes


class Ring:
    """One run. `close` ends all that was started."""

    def __init__(
        self,
        folder: Path,
        *,
        seed: int,
        records: int,
        faults: Sequence[str],
        outage_s: float,
        root: Path = ROOT,
        properties: dict[str, dict[str, str]] | None = None,
    ) -> None:
        """Prepare.

        Args:
            folder: Of everything that the run leaves.
            seed: Of stream and faults.
            records: Written to deals.raw.
            faults: Names of FAULTS, in order.
            outage_s: How long OpenSearch stays away.
            root: The build under test: a checkout with its jar.
            properties: That differ from the local ones, by group.
        """
        self.folder = folder
        self.chance = random.Random(seed)
        self.outcome = Outcome(seed, records)
        self.outage_s = outage_s
        self._faults = list(faults)
        self._changes = properties or {}
        self._made: list[Entry] = entries(seed, records)
        self._written = 0
        self._evaluated = 0
        # It comes back among tasks that restart and take in all that waited: no limit of ours.
        self.stack = Stack(folder / "stack", Ports.free(), deadline_s=RECOVERY_S)
        self.disk = Disk(folder / "flink" / "checkpoints")
        self._application = folder / "application"
        for name, path in package.our_files(root):
            target = self._application / name
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(path, target)

    def run(self) -> Outcome:
        """Everything, to the verdict."""
        begun_s = time.monotonic()
        self._start()
        self._lap("start", begun_s)
        quota = len(self._made) // (len(self._faults) + 1)
        for number, name in enumerate(self._faults):
            fault_s = time.monotonic()
            # The fault falls somewhere into this portion, with records in flight.
            self._produce(number * quota + self.chance.randint(quota // 2, quota * 9 // 10))
            self._await_evaluated()
            self.produce_some()
            time.sleep(self.chance.uniform(0, 2))
            behind = self.lag(JobName.PARSE_DEALS)
            evidence = FAULTS[name](self)
            self._produce((number + 1) * quota)
            self.flink.await_recovered()
            hit = {"fault": name, "behind": behind, **evidence}
            self.outcome.hits.append(hit | {"seconds": round(time.monotonic() - fault_s, 1)})
            print(json.dumps(self.outcome.hits[-1]), file=sys.stderr, flush=True)
        self._produce(len(self._made))
        drain_s = time.monotonic()
        self._drain()
        self._lap("drain", drain_s)
        judge_s = time.monotonic()
        expected = expect(self._made)
        url = self.stack.endpoints().opensearch_url
        self.outcome.verdict = judge(self.connection, url, INDEX, expected).as_json()
        self._lap("verdict", judge_s)
        self.outcome.fatal_exits = self.flink.fatal_exits
        self._lap("all", begun_s)
        return self.outcome

    def close(self) -> None:
        """End everything."""
        try:
            if hasattr(self, "flink"):
                self.flink.stop()
        finally:
            self.disk.close()
            self.stack.down()

    def lag(self, job: JobName) -> int:
        """Offsets of its topic that a job has not finished, as its checkpoints say."""
        return sum(end - start for _, start, end in self._unfinished(job))

    def is_done(self, job: JobName) -> bool:
        """Whether a job has finished its topic; no one reads the markers of transactions."""
        topic = JOBS[job].SOURCES[0]
        settings = {
            "group.id": "ring-done",
            "enable.partition.eof": True,
            "isolation.level": "read_committed",
        }
        reader = Consumer(self.connection.client() | settings)
        try:
            for number, start, end in self._unfinished(job):
                if start < end:
                    reader.assign([TopicPartition(topic, number, start)])
                    while (message := reader.poll(1.0)) is None:
                        pass
                    if message.error() is None:
                        return False
            return True
        finally:
            reader.close()

    def _unfinished(self, job: JobName) -> list[tuple[int, int, int]]:
        """(partition, first offset not finished, end) of what a job reads."""
        topic = JOBS[job].SOURCES[0]
        reader = Consumer(self.connection.client() | {"group.id": f"{GROUP}.{job}"})
        try:
            places = [TopicPartition(topic, number) for number in range(PARTITIONS)]
            committed = reader.committed(places, timeout=30)
            ends = [reader.get_watermark_offsets(place, timeout=30)[1] for place in places]
            return [
                (place.partition, max(0, place.offset), end)
                for place, end in zip(committed, ends, strict=True)
            ]
        finally:
            reader.close()

    def submit_from_checkpoint(self) -> Path:
        """Start the jobs from the newest checkpoint that is whole; returns it."""
        problems = []
        for path in self.flink.newest_checkpoints():
            try:
                self._submit(path)
            except AssertionError as error:  # written in part when its JobManager died
                problems.append(str(error))
                continue
            return path
        raise AssertionError(problems)

    def restore_registry(self) -> None:
        """Start the registry: the stand-in has forgotten all, and gives the same ids again."""
        self.stack.start("aws")
        # By a connection of its own: the other one remembers what it has registered.
        Connection.to(self.stack.endpoints()).registry.register_all()

    def produce_some(self) -> None:
        """A piece of the stream."""
        self._produce(self._written + len(self._made) // (len(self._faults) + 1) // PIECES)

    def _start(self) -> None:
        self.stack.up()
        self.connection = Connection.to(self.stack.endpoints())
        bootstrap(self.connection, partitions=PARTITIONS, tell=lambda _: None)
        rules.publish(self.connection, dict.fromkeys(rules.current(self.connection)))
        # Whatever the verdict: what the model makes of these lamps is nothing an oracle can know.
        told = {
            "words": ("kestrel",),
            "max_price_usd": Decimal(MAX_PRICE) / 10_000,
            "verdicts": tuple(Verdict),
        }
        rules.add(
            self.connection,
            [WrittenRule.model_validate({"rule_id": RULE, "name": RULE, "any_of": (told,)})],
        )
        version = self.connection.registry.version_id("deals.raw").bytes
        self._values = encoded(self._made, version)
        self._producer = Producer(
            self.connection.client() | {"enable.idempotence": True, "linger.ms": 20}
        )
        python = Path(sys.executable)
        environ = {
            "DEAL_FINDER_PROPERTIES": str(self._write_properties()),
            "AWS_ACCESS_KEY_ID": "local",
            "AWS_SECRET_ACCESS_KEY": "local",
            "AWS_REGION": "us-east-1",
        } | {key: os.environ[key] for key in ("JAVA_HOME",) if key in os.environ}
        self.flink = KillableCluster(self.folder / "flink", python, environ)
        self.flink.start()
        self._first_start()

    def _first_start(self) -> None:
        """The jobs start while the registry is away; that counts as the first fault."""
        self.stack.kill("aws")
        self._submit(None)
        restarts = self.flink.await_count("restarts", 0)
        assert not self.flink.is_running()
        self.restore_registry()
        self.flink.await_recovered()
        hit = {"fault": "registry_down_at_start", "restarts without registry": restarts}
        self.outcome.hits.append(hit)
        print(json.dumps(hit), file=sys.stderr, flush=True)

    def _submit(self, checkpoint: Path | None) -> None:
        app = self._application
        self.flink.run(
            [
                *("--detached", "--python", str(app / "main.py")),
                *("--jarfile", str(app / package.JAR_IN_ZIP)),
                *("--pyFiles", str(app / "dep")),
                *(("--fromSavepoint", checkpoint.as_uri()) if checkpoint else ()),
            ]
        )

    def _write_properties(self) -> Path:
        groups = {
            entry["PropertyGroupId"]: dict(entry["PropertyMap"])
            for entry in json.loads(LOCAL_PROPERTIES.read_text("utf-8"))
            if entry["PropertyGroupId"] != "LocalFlink"
        }
        endpoints = self.stack.endpoints()
        here = {
            "Kafka": {"bootstrap.servers": endpoints.bootstrap_servers, "group.prefix": GROUP},
            "Registry": {"endpoint.url": endpoints.aws_endpoint_url},
            "Search": {
                "url": endpoints.opensearch_url,
                "index": INDEX,
                "embedder.dir": "",
                "budget.s": "5",
            },
            # Which products are one is the matcher's to say: the oracle takes names as they are.
            "Linking": {"max.products": "0"},
            "Bedrock": {"endpoint.url": endpoints.bedrock_endpoint_url, "budget.s": "1"},
        }
        for changes in (here, self._changes):
            for group, keys in changes.items():
                groups.setdefault(group, {}).update(keys)
        path = self.folder / "application_properties.json"
        listed = [{"PropertyGroupId": name, "PropertyMap": keys} for name, keys in groups.items()]
        path.write_text(json.dumps(listed), "utf-8")
        return path

    def _produce(self, until: int) -> None:
        """Write the stream up to this record."""
        while self._written < until:
            partition, key, value = next(self._values)
            while True:
                try:
                    self._producer.produce("deals.raw", value, key, partition)
                    break
                except BufferError:
                    self._producer.poll(0.1)
            self._written += 1
        assert self._producer.flush(120) == 0

    def _await_evaluated(self) -> None:
        """Wait until a checkpoint holds evaluations that the fault before did not meet.

        On a busy machine a fault would else come before anything has been remembered, and prove
        nothing of the memory.
        """
        before, until_s = self._evaluated, time.monotonic() + STILL_S
        while (
            done := sum(start for _, start, _ in self._unfinished(JobName.EVALUATE_DEALS))
        ) <= before:
            assert time.monotonic() < until_s, f"nothing is evaluated\n{self.flink.logs()}"
            time.sleep(0.3)
        self._evaluated = done

    def _drain(self) -> None:
        """Wait until each job has finished its topic, in the order of the dataflow.

        A slow machine may take its time, but each job has to get on.
        """
        for job in JobName:
            least, until_s = sys.maxsize, 0.0
            while not self.is_done(job):
                behind = self.lag(job)
                if behind < least:
                    least, until_s = behind, time.monotonic() + STILL_S
                stuck = f"{job}: {behind} behind for {STILL_S:.0f} s"
                assert time.monotonic() < until_s, f"{stuck}\n{self.flink.logs()}"
                time.sleep(0.5)

    def _lap(self, name: str, since_s: float) -> None:
        self.outcome.seconds[name] = round(time.monotonic() - since_s, 1)


def chosen_faults(seed: int, count: int) -> list[str]:
    """Each fault once, then those that come often, shuffled; the one at the start is extra."""
    chance = random.Random(f"faults {seed}")
    names = list(FAULTS)
    while len(names) < count - 1:
        names.append(OFTEN[len(names) % len(OFTEN)])
    names = names[: max(0, count - 1)]
    chance.shuffle(names)
    return names


def run_ring(folder: Path, **dials: Any) -> Outcome:
    """A ring from start to end, everything ended whatever happens."""
    build(Progress())
    ring = Ring(folder, **dials)
    try:
        return ring.run()
    finally:
        ring.close()


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a ring from the command line; 1 if anything is lost, wrong or doubled."""
    parser = argparse.ArgumentParser(prog="python -m tests.kill.ring", description=__doc__)
    parser.add_argument("--records", type=int, default=200_000)
    parser.add_argument("--faults", type=int, default=20, help="at least (%(default)s)")
    parser.add_argument("--only", nargs="*", choices=list(FAULTS), help="these, in this order")
    parser.add_argument("--outage-s", type=float, default=60.0, help="of OpenSearch (%(default)s)")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--root", type=Path, default=ROOT, help="the build under test")
    parser.add_argument("--folder", type=Path, help="keep everything there")
    options = parser.parse_args(arguments)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # so that nothing is left running
    folder = options.folder or Path(tempfile.mkdtemp(prefix="ring"))
    outcome = run_ring(
        folder,
        seed=options.seed,
        records=options.records,
        faults=chosen_faults(options.seed, options.faults)
        if options.only is None
        else options.only,
        outage_s=options.outage_s,
        root=options.root,
    )
    print(json.dumps(outcome.__dict__, indent=2))
    return 1 if outcome.mistakes else 0


if __name__ == "__main__":
    sys.exit(main())
