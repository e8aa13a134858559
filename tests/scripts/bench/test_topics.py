"""Reading topics from the broker, more records than one fetch brings."""

import pytest

from scripts.bench.topics import TopicReader
from scripts.connection import Connection
from tests.scripts.topics import new_topic, write

RECORDS = 7_000

pytestmark = pytest.mark.broker


@pytest.fixture(scope="module")
def topic(endpoints):
    connection = Connection.to(endpoints)
    name = new_topic(connection, partitions=1)
    write(connection, name, [(None, b"%d" % at, 0) for at in range(RECORDS)])
    return connection, name


@pytest.fixture
def reader(topic):
    reader = TopicReader(topic[0].kafka)
    yield reader
    reader.close()


def test_all_records_come_with_the_time_they_were_appended(topic, reader):
    records = list(reader.records(topic[1]))
    assert [int(value) for value, _ in records] == list(range(RECORDS))
    times_ms = [at_ms for _, at_ms in records]
    assert times_ms == list(reader.times_ms(topic[1]))
    assert reader.appended_s(topic[1], 6_500) == times_ms[6_500] / 1000
    assert len(list(reader.values(topic[1], 10))) == 10


def test_two_reads_at_once_are_refused_instead_of_losing_records(topic, reader):
    with pytest.raises(RuntimeError, match="another read"):
        list(zip(reader.values(topic[1], RECORDS), reader.times_ms(topic[1]), strict=True))
