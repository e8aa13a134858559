from collections import Counter
from itertools import pairwise

import pytest

from schemas.codec import Codec
from schemas.definitions import definition
from schemas.frames import BadRecordError
from scripts.bench.evaluating import BadRecord, Records
from scripts.bench.workload import Workload, records
from tests.schemas.ids import Ids

SMALL = Workload(4_000, 500, bad_ratio=0.01)


@pytest.fixture(scope="module")
def stream():
    return list(records(SMALL, Ids()))


def decoded(stream):
    codec = Codec(Ids())
    for key, value in stream:
        try:
            yield key, value, codec.decode(value, topic="deals.parsed")
        except BadRecordError:
            yield key, value, None


def test_the_same_seed_gives_the_same_bytes(stream):
    assert list(records(SMALL, Ids())) == stream
    assert list(records(Workload(4_000, 500, seed=8), Ids())) != stream


def test_it_has_repeated_late_compressed_and_bad_records_as_asked(stream):
    rows = list(decoded(stream))
    deals = [deal for _, _, deal in rows if deal is not None]
    assert len(rows) == SMALL.observations
    assert 15 <= sum(deal is None for _, _, deal in rows) <= 75
    assert 0.15 < sum(value[1] == 5 for _, value, _ in rows) / len(rows) < 0.25
    same = Counter((deal["item_id"], deal["price_usd"]) for deal in deals)
    assert 0.07 < sum(count - 1 for count in same.values()) / len(deals) < 0.13
    steps = [later["observed_at"] - deal["observed_at"] for deal, later in pairwise(deals)]
    assert sum(step < -86_400_000 for step in steps) > 20
    assert len({deal["product_key"] for deal in deals}) > 450
    assert all(key.decode() == deal["product_key"] for key, _, deal in rows if deal)
    assert {deal["list_price"] is None for deal in deals} == {True, False}


def test_peers_read_what_the_codec_reads_and_refuse_what_it_refuses(stream):
    reader = Records(Ids())
    for _, value, deal in decoded(stream):
        if deal is None:
            with pytest.raises(BadRecord):
                reader.read(value)
        else:
            assert reader.read(value) == deal


def test_fields_are_those_of_the_schema(stream):
    _, _, deal = next(row for row in decoded(stream) if row[2])
    assert list(deal) == [field["name"] for field in definition("deals.parsed")["fields"]]
