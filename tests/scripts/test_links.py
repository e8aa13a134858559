import json
from uuid import uuid4

import pytest

from schemas.topics import create_topics, topic_specs
from scripts import links
from scripts.compacted import publish
from tests.schemas.records import example

pytestmark = pytest.mark.broker


@pytest.fixture
def keys(connection):
    """Two products of this test's own, the first linked to the second."""
    create_topics(connection.client(), topic_specs(partitions=1))
    linked, other = (f"test {uuid4().hex}" for _ in range(2))
    encode = connection.codec.encode
    records = {
        linked: example("deals.products", product_key=linked, linked_to=other),
        other: example("deals.products", product_key=other, linked_to=other, score=None),
    }
    values = {key: encode("deals.products", record) for key, record in records.items()}
    publish(connection, "deals.products", values)
    yield linked, other
    publish(connection, "deals.products", dict.fromkeys(records))


def listed(options, capsys, *flags):
    capsys.readouterr()
    assert links.main(["list", *flags, *options]) == 0
    lines = map(json.loads, capsys.readouterr().out.splitlines())
    return {record["product_key"]: record for record in lines}


def test_links_are_listed_parted_and_made_by_hand(keys, options, capsys):
    linked, other = keys
    assert listed(options, capsys)[linked]["linked_to"] == other
    assert other not in listed(options, capsys)
    assert links.main(["unlink", linked, *options]) == 0
    assert linked not in listed(options, capsys)
    parted = listed(options, capsys, "--all")[linked]
    assert (parted["linked_to"], parted["score"]) == (linked, None)
    assert parted["decided_by"] == "by hand"
    assert links.main(["link", other, linked, *options]) == 0
    assert listed(options, capsys)[other]["linked_to"] == linked


def test_a_forgotten_product_is_a_tombstone(keys, options, connection):
    linked, other = keys
    assert links.main(["forget", linked, *options]) == 0
    found = links.current(connection)
    assert linked not in found
    assert other in found


def test_nothing_is_linked_to_a_product_that_is_linked_or_never_met(keys, options, capsys):
    linked, other = keys
    assert links.main(["link", other, linked, *options]) == 1
    assert "link to that" in capsys.readouterr().err
    assert links.main(["unlink", "never met", *options]) == 1
    assert "never met" in capsys.readouterr().err
