"""After the stream: what became of each item, and how long people waited for alerts."""

from collections import Counter
from dataclasses import dataclass, field

from opensearchpy import OpenSearch

from scripts.bench.topics import TopicReader
from scripts.connection import Connection


@dataclass
class Accounts:
    """What became of the items.

    Attributes:
        sent: Items on deals.raw.
        evaluated: Distinct ones on deals.evaluated.
        dead_letters: Distinct ones on deals.dlq, by reason.
        lost: Neither.
        repeated: Records on deals.evaluated beyond one an item; nothing fails here, so none may be.
        documents: In OpenSearch; one a deal, and each item is a deal.
        alerts: On deals.alerts.
        waits_ms: From the append on deals.raw to that on deals.alerts, by position of the item.
    """

    sent: int
    evaluated: int = 0
    dead_letters: Counter[str] = field(default_factory=Counter)
    lost: int = 0
    repeated: int = 0
    documents: int = 0
    alerts: int = 0
    waits_ms: dict[int, float] = field(default_factory=dict)

    @property
    def are_complete(self) -> bool:
        """Each item came out once, and all deals are found in the index."""
        return self.lost == self.repeated == 0 and self.documents == self.evaluated


def settle(connection: Connection, search_url: str) -> Accounts:
    """Read the topics, of one partition each, and count."""
    codec = connection.codec
    reader = TopicReader(connection.kafka)
    try:
        accounts = Accounts(sent=reader.count("deals.raw"))
        seen: Counter[int] = Counter()
        positions: dict[str, int] = {}
        for value in reader.values("deals.evaluated", reader.count("deals.evaluated")):
            deal = codec.decode(value)
            seen[int(deal["item_id"])] += 1
            positions[deal["deal_id"]] = int(deal["item_id"])
        dead: set[int] = set()
        for value in reader.values("deals.dlq", reader.count("deals.dlq")):
            letter = codec.decode(value)
            accounts.dead_letters[f"{letter['stage']}: {letter['reason']}"] += 1
            if letter["topic"] == "deals.raw":
                dead.add(int(codec.decode(letter["payload"])["item_id"]))
        accounts.evaluated = len(seen)
        accounts.repeated = seen.total() - len(seen)
        accounts.lost = len(set(range(accounts.sent)) - seen.keys() - dead)
        raw_ms = list(reader.times_ms("deals.raw"))
        for value, at_ms in reader.records("deals.alerts"):
            position = positions[codec.decode(value)["deal_id"]]
            accounts.waits_ms.setdefault(position, at_ms - raw_ms[position])
            accounts.alerts += 1
    finally:
        reader.close()
    with OpenSearch(search_url) as client:
        client.indices.refresh(index="deals")
        accounts.documents = int(client.count(index="deals")["count"])
    return accounts
