from collections import deque
from collections.abc import Callable

import pytest

from tests.udfs.indexing.deals import deal
from tests.udfs.indexing.server import Cluster, free_port
from udfs.indexing.bulk import SearchUnavailableError, index_batch
from udfs.indexing.client import client_for
from udfs.indexing.documents import Document, document_of


class Clock:
    """Time that passes only by sleeping."""

    def __init__(self) -> None:
        self.now_s = 0.0
        self.waits_s: list[float] = []
        self.then: Callable[[], None] | None = None

    def sleep(self, seconds: float) -> None:
        self.now_s += seconds
        self.waits_s.append(seconds)
        if self.then:
            self.then()


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def cluster():
    cluster = Cluster()
    yield cluster
    cluster.close()


@pytest.fixture
def index(cluster, clock):
    client = client_for(cluster.url, timeout_s=5)

    def run(*documents: Document, **options):
        return index_batch(
            client,
            documents,
            index="deals",
            sleep=clock.sleep,
            clock=lambda: clock.now_s,
            jitter=lambda: 1.0,
            **options,
        )

    yield run
    client.close()


def doc(doc_id: str = "a", version: int = 1, title: str = "TV") -> Document:
    return document_of(deal(deal_id=doc_id, observed_at=version, title=title))


def test_a_batch_is_one_bulk_to_an_alias_that_must_exist(cluster, index):
    assert index(doc("a"), doc("b"), doc("c")) == [None] * 3
    assert cluster.bulks == [["a", "b", "c"]]
    assert cluster.paths == ["/deals/_bulk?require_alias=true"]
    assert cluster.stored["b"][1]["title"] == "TV"


def test_no_documents_are_no_request(cluster, index):
    assert index() == []
    assert cluster.paths == []


def test_of_one_deal_twice_in_a_batch_only_the_newest_is_sent(cluster, index):
    assert index(doc("a", 2, "new"), doc("b"), doc("a", 1, "old")) == [None] * 3
    assert cluster.bulks == [["a", "b"]]
    assert cluster.stored["a"] == (2, cluster.stored["a"][1] | {"title": "new"})


def test_of_one_deal_twice_at_one_time_the_later_row_counts(cluster, index):
    index(doc("a", 1, "first"), doc("a", 1, "second"))
    assert cluster.stored["a"][1]["title"] == "second"


def test_a_replay_never_goes_back_in_time(cluster, index):
    index(doc("a", 2, "new"))
    assert index(doc("a", 1, "old")) == [None]
    assert cluster.stored["a"][1]["title"] == "new"


@pytest.mark.parametrize("status", [429, 500, 502, 503, None])
def test_a_failed_request_is_sent_again(cluster, index, clock, status):
    cluster.requests.extend([status, status])
    assert index(doc("a"), doc("b")) == [None, None]
    assert cluster.bulks == [["a", "b"]]
    assert clock.waits_s == [0.2, 0.4]


@pytest.mark.parametrize("status", [429, 503])
def test_only_the_failed_documents_are_sent_again(cluster, index, status):
    cluster.items["b"] = deque([(status, "rejected_execution_exception")])
    assert index(doc("a"), doc("b"), doc("c")) == [None] * 3
    assert cluster.bulks == [["a", "b", "c"], ["b"]]
    assert set(cluster.stored) == {"a", "b", "c"}


def test_a_wrong_document_is_rejected_with_its_reason_and_alone(cluster, index, clock):
    cluster.items["b"] = deque([(400, "mapper_parsing_exception")])
    assert index(doc("a"), doc("b"), doc("c")) == [
        None,
        "400 mapper_parsing_exception: reason of mapper_parsing_exception",
        None,
    ]
    assert set(cluster.stored) == {"a", "c"}
    assert clock.waits_s == []


def test_where_the_newest_is_rejected_the_one_before_it_is_indexed(cluster, index):
    cluster.items["a"] = deque([(400, "mapper_parsing_exception")])
    rejected, done = index(doc("a", 2, "bad"), doc("a", 1, "good"))
    assert rejected is not None
    assert done is None
    assert cluster.stored["a"][1]["title"] == "good"


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        (404, "index_not_found_exception"),
        (403, "cluster_block_exception"),
        (403, "security_exception"),
    ],
)
def test_the_clusters_fault_is_never_the_documents(cluster, index, status, kind):
    cluster.items["a"] = deque([(status, kind)] * 100)
    with pytest.raises(SearchUnavailableError, match=kind):
        index(doc("a"), budget_s=3)


@pytest.mark.parametrize("status", [401, 403, 404])
def test_a_request_that_is_refused_as_such_stops_the_task_at_once(cluster, index, clock, status):
    cluster.requests.append(status)
    with pytest.raises(SearchUnavailableError, match=f"refuses the request: {status}"):
        index(doc("a"))
    assert clock.waits_s == []


def test_an_outage_beyond_the_bound_raises_so_that_flink_replays(cluster, index, clock):
    cluster.requests.extend([503] * 100)
    with pytest.raises(SearchUnavailableError, match="1 documents unwritten after 30 s: 503"):
        index(doc("a"), budget_s=30)
    assert 20 < clock.now_s <= 30


def test_a_cluster_that_comes_up_late_gets_everything(clock):
    port = free_port()
    late: list[Cluster] = []
    clock.then = lambda: None if late or clock.now_s < 3 else late.append(Cluster(port))
    client = client_for(f"http://127.0.0.1:{port}", timeout_s=5)
    found = index_batch(
        client, [doc("a")], index="deals", sleep=clock.sleep, clock=lambda: clock.now_s
    )
    assert found == [None]
    assert set(late[0].stored) == {"a"}
    client.close()
    late[0].close()


def test_a_batch_above_the_limit_is_several_bulks(cluster, index):
    size = len(doc("a").body)
    assert index(*(doc(each) for each in "abcde"), max_bytes=3 * size) == [None] * 5
    assert cluster.bulks == [["a", "b"], ["c", "d"], ["e"]]


def test_a_request_that_the_cluster_finds_too_large_is_halved(cluster, index, clock):
    cluster.max_bytes = 2_500
    assert index(*(doc(each) for each in "abcde")) == [None] * 5
    assert set(cluster.stored) == set("abcde")
    assert clock.waits_s == []


def test_a_document_that_alone_is_too_large_is_rejected(cluster, index):
    cluster.max_bytes = 2_500
    found = index(doc("a"), doc("b", title="x" * 3_000), doc("c"))
    assert found == [None, "413 too_large: ", None]
    assert set(cluster.stored) == {"a", "c"}


def test_a_document_for_which_the_whole_bulk_is_refused_is_found_and_rejected(cluster, index):
    cluster.poison = "c"
    found = index(*(doc(each) for each in "abcdefg"))
    assert [reason is None for reason in found] == [True, True, False, True, True, True, True]
    assert found[2] == "400 action_request_validation_exception: impossible id"
    assert set(cluster.stored) == set("abdefg")


def test_waits_grow_to_a_limit_and_are_spread(cluster, clock):
    cluster.requests.extend([429] * 8)
    client = client_for(cluster.url)
    index_batch(
        client,
        [doc("a")],
        index="deals",
        sleep=clock.sleep,
        clock=lambda: clock.now_s,
        jitter=lambda: 0.0,
    )
    client.close()
    assert clock.waits_s == pytest.approx([0.1, 0.2, 0.4, 0.8, 1.6, 2.5, 2.5, 2.5])
