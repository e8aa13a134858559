"""One run of one variant over the input, and what it took."""

import time
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from schemas.codec import Codec
from schemas.topics import DAY_MS, MAX_DEAD_LETTER_BYTES, TopicSpec, create_topics
from scripts.bench.metering import Meter
from scripts.bench.task import Task
from scripts.bench.topics import TopicReader
from scripts.bench.variants import Running, Variant, VariantError
from scripts.connection import Connection

# The steady part of a run: past the start and before the end of the output.
STEADY_FROM, STEADY_TO = 0.20, 0.95
POLL_S = 0.25
SILENT_S = 90.0


@dataclass(frozen=True)
class Result:
    """What a run took.

    Attributes:
        variant: Its name.
        round: Of the alternations, from 0.
        inputs: Records it got.
        outputs: Deals it evaluated.
        bad: Records it put aside.
        steady_s: How long the steady part took.
        events_per_s: Inputs a second in the steady part.
        cpu_s_per_million: CPU seconds by kind of process per 10^6 inputs, in the steady part.
        events_per_core_s: Inputs a CPU second of all its processes, in the steady part.
        broker_cpu_s_per_million: What the broker took meanwhile.
        peak_rss_bytes: Of all its processes together.
        first_output_s: From the start of the process to the first output.
    """

    variant: str
    round: int
    inputs: int
    outputs: int
    bad: int
    steady_s: float
    events_per_s: float
    cpu_s_per_million: dict[str, float]
    events_per_core_s: float
    broker_cpu_s_per_million: float
    peak_rss_bytes: int
    first_output_s: float

    def as_json(self) -> dict[str, Any]:
        """Plain values."""
        return asdict(self)


class Track:
    """Where variants run: a broker with the input, and a folder."""

    def __init__(self, connection: Connection, endpoints: Any, home: Path, broker_pid: int) -> None:
        """Take what runs already."""
        self._connection, self._endpoints = connection, endpoints
        self._home, self._broker_pid = home, broker_pid
        self._reader = TopicReader(connection.kafka)

    def close(self) -> None:
        """Disconnect."""
        self._reader.close()

    def run(
        self, variant: Variant, number: int, inputs: int, expected: int | None, model_dir: Path
    ) -> Result:
        """Run a variant once.

        Args:
            variant: Which.
            number: Of the alternation.
            inputs: Records that it gets, from the first on.
            expected: Outputs to wait for; None: the program ends by itself.
            model_dir: The model's folder.

        Raises:
            VariantError: it failed, or put out nothing for SILENT_S.
        """
        name = f"{variant.name}-{number}"
        prefix = f"{name}."
        task = Task(
            name,
            self._connection.kafka["bootstrap.servers"],
            str(self._connection.aws_endpoint_url),
            self._connection.registry_name,
            f"{prefix}deals.evaluated",
            f"{prefix}deals.dlq",
            inputs,
            model_dir if variant.has_model else None,
            self._home / name,
        )
        task.home.mkdir(parents=True)
        self._make_topics(task)
        began_s = time.time()
        running = Running(variant, task, self._endpoints)
        try:
            meter, broker = Meter(running.pid), Meter(self._broker_pid)
            meter.start()
            broker.start()
            try:
                self._await_end(running, task, expected)
            finally:
                meter.stop()
                broker.stop()
        finally:
            running.stop()
        return self._measured(variant, number, task, meter, broker, began_s)

    def evaluated(self, variant: Variant, number: int, count: int) -> Iterator[dict[str, Any]]:
        """The first deals that a run put out."""
        codec = Codec(self._connection.registry)
        for value in self._reader.values(f"{variant.name}-{number}.deals.evaluated", count):
            yield codec.decode(value, topic="deals.evaluated")

    def _make_topics(self, task: Task) -> None:
        specs = (
            TopicSpec(task.output, DAY_MS, 1),
            TopicSpec(task.bad, DAY_MS, 1, MAX_DEAD_LETTER_BYTES),
            TopicSpec(task.output.replace("evaluated", "products"), DAY_MS, 1),
        )
        create_topics(self._connection.client(), specs)

    def _await_end(self, running: Running, task: Task, expected: int | None) -> None:
        outputs, last_s = 0, time.monotonic()
        while not running.has_ended:
            count = self._reader.count(task.output)
            if expected is not None and count >= expected:
                return
            if count > outputs:
                outputs, last_s = count, time.monotonic()
            elif time.monotonic() - last_s > SILENT_S:
                message = f"{task.name}: no output for {SILENT_S:g} s after {count}; {running.log}"
                raise VariantError(message)
            time.sleep(POLL_S)
        if not self._reader.count(task.output):
            message = f"{task.name} put out nothing; {running.log}"
            raise VariantError(message)

    def _measured(
        self,
        variant: Variant,
        number: int,
        task: Task,
        meter: Meter,
        broker: Meter,
        began_s: float,
    ) -> Result:
        outputs = self._reader.count(task.output)
        from_s = self._reader.appended_s(task.output, int(outputs * STEADY_FROM))
        to_s = self._reader.appended_s(task.output, int(outputs * STEADY_TO) - 1)
        events = task.count * (STEADY_TO - STEADY_FROM)
        before, after = meter.cpu_s(from_s), meter.cpu_s(to_s)
        spent_s = {kind: after[kind] - before.get(kind, 0.0) for kind in after}
        broker_s = sum(broker.cpu_s(to_s).values()) - sum(broker.cpu_s(from_s).values())
        return Result(
            variant=variant.name,
            round=number,
            inputs=task.count,
            outputs=outputs,
            bad=self._reader.count(task.bad),
            steady_s=to_s - from_s,
            events_per_s=events / max(to_s - from_s, 1e-3),
            cpu_s_per_million={kind: spent * 1e6 / events for kind, spent in spent_s.items()},
            events_per_core_s=events / max(sum(spent_s.values()), 1e-3),
            broker_cpu_s_per_million=broker_s * 1e6 / events,
            peak_rss_bytes=meter.peak_rss_bytes,
            first_output_s=self._reader.appended_s(task.output, 0) - began_s,
        )
