"""The limit: one process, batches, state in a dict, no durability.

No stream processor is faster in Python; how near ours comes says what its guarantees cost.
"""

from collections import defaultdict
from typing import Any

from confluent_kafka import Consumer, Producer

from scripts.bench.evaluating import INPUT, BadRecord, Evaluator, Records, remember
from scripts.bench.price_memory import Said
from scripts.bench.product_state import ProductState
from scripts.bench.task import Task

BATCH = 1_000
SILENT_S = 60.0


def main() -> None:
    """Read, judge and write `count` records, then end."""
    task = Task.parsed(__doc__)
    consumer = Consumer(
        {
            "bootstrap.servers": task.bootstrap_servers,
            "group.id": task.name,
            "auto.offset.reset": "earliest",
            "enable.auto.commit": False,
        }
    )
    producer = Producer(
        {
            "bootstrap.servers": task.bootstrap_servers,
            "compression.type": "lz4",
            "linger.ms": 20,
            "queue.buffering.max.messages": 1_000_000,
        }
    )
    consumer.subscribe([INPUT])
    records = Records(task.registry())
    evaluator = Evaluator(task.model_dir)
    states: dict[str, ProductState] = defaultdict(ProductState)
    left = task.count
    while left:
        messages = consumer.consume(min(BATCH, left), SILENT_S)
        if not messages:
            message = f"no record in {SILENT_S:g} s, {left} left"
            raise SystemExit(message)
        left -= len(messages)
        deals: list[dict[str, Any]] = []
        said: list[Said] = []
        for message in messages:
            try:
                deal = records.read(message.value())
            except BadRecord:
                producer.produce(task.bad, message.value())
                continue
            answer = remember(states[deal["product_key"]], deal)
            if answer is not None:
                deals.append(deal)
                said.append(answer)
        for record in evaluator.evaluate(deals, said):
            producer.produce(task.output, records.write(record), record["product_key"])
        producer.poll(0)
    producer.flush()
    consumer.close()


if __name__ == "__main__":
    main()
