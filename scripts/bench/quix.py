"""Quix Streams, as its users write it: a record at a time, state in RocksDB with a changelog.

Runs in an environment of its own (quix-requirements.txt).
"""

from typing import Any

from quixstreams import Application
from quixstreams.state import State

from scripts.bench.evaluating import INPUT, BadRecord, Evaluator, Records, remember
from scripts.bench.price_memory import Said
from scripts.bench.product_state import ProductState
from scripts.bench.task import Task

# What a record becomes when the bytes are none.
BAD = "bad"


def main() -> None:
    """Read, judge and write `count` records, then end."""
    task = Task.parsed(__doc__)
    records = Records(task.registry())
    evaluator = Evaluator(task.model_dir)
    app = Application(
        broker_address=task.bootstrap_servers,
        consumer_group=task.name,
        auto_offset_reset="earliest",
        state_dir=task.home / "state",
        use_changelog_topics=True,
        producer_extra_config={"compression.type": "lz4"},
        loglevel="WARNING",
    )
    deals = app.topic(INPUT, key_deserializer="str", value_deserializer="bytes")
    output = app.topic(task.output, key_serializer="str", value_serializer="bytes")
    bad = app.topic(task.bad, key_serializer="str", value_serializer="bytes")

    def read(value: bytes) -> dict[str, Any]:
        try:
            return records.read(value)
        except BadRecord:
            return {BAD: value}

    def with_history(deal: dict[str, Any], state: State) -> tuple[dict[str, Any], Said] | None:
        known = state.get("history")
        history = ProductState() if known is None else ProductState.of_lists(known)
        answer = remember(history, deal)
        state.set("history", history.as_lists())
        return None if answer is None else (deal, answer)

    def evaluate(remembered: tuple[dict[str, Any], Said]) -> bytes:
        deal, answer = remembered
        (record,) = evaluator.evaluate([deal], [answer])
        return records.write(record)

    decoded = app.dataframe(deals).apply(read)
    decoded[decoded.apply(lambda deal: BAD in deal)].apply(lambda deal: deal[BAD]).to_topic(bad)
    good = decoded[decoded.apply(lambda deal: BAD not in deal)]
    remembered = good.apply(with_history, stateful=True)
    remembered = remembered.filter(lambda answer: answer is not None)
    remembered.apply(evaluate).to_topic(output)
    app.run(count=task.count)


if __name__ == "__main__":
    main()
