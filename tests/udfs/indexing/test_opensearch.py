"""The contract with a real OpenSearch, which the loopback server of the other tests imitates."""

import uuid
from collections.abc import Iterator
from decimal import Decimal

import pandas as pd
import pytest
from opensearchpy import OpenSearch
from opensearchpy.exceptions import RequestError

from scripts import search
from scripts.search import EMBEDDER
from tests.udfs.indexing.deals import DEAL, deal
from tests.udfs.indexing.test_stats import stats
from udfs.indexing.bulk import SearchUnavailableError, index_batch
from udfs.indexing.client import client_for
from udfs.indexing.documents import Document, document_of
from udfs.indexing.stats import stats_documents_of, stats_mappings
from udfs.indexing.template import TRANSLOG_SIZE, ensure_template
from udfs.searching.embedder import TitleEmbedder
from udfs.searching.hybrid import filters_of

pytestmark = pytest.mark.broker


@pytest.fixture
def client(endpoints) -> Iterator[OpenSearch]:
    client = client_for(endpoints.opensearch_url)
    yield client
    client.close()


@pytest.fixture
def alias(client) -> Iterator[str]:
    alias = f"deals-{uuid.uuid4().hex[:8]}"
    ensure_template(client, alias)
    yield alias
    client.indices.delete(index=f"{alias}-v*")
    client.indices.delete_index_template(name=alias)


def send(client: OpenSearch, alias: str, *deals: dict) -> list[str | None]:
    results = index_batch(client, [document_of(each) for each in deals], index=alias, budget_s=5)
    client.indices.refresh(index=alias)
    return results


def found(client: OpenSearch, alias: str, query: dict) -> list[str]:
    hits = client.search(index=alias, body={"query": query})["hits"]["hits"]
    return sorted(hit["_id"] for hit in hits)


def test_a_whole_deal_is_indexed_and_read_back(client, alias):
    assert send(client, alias, deal(coupon="SAVE", linked_from="other")) == [None]
    stored = client.get(index=alias, id="deal-1")["_source"]
    assert set(stored) == set(DEAL)
    assert stored["price_usd"] == 199.99


def test_fields_are_searched_as_what_they_are(client, alias):
    send(client, alias, deal(), deal(deal_id="deal-2", title="LG OLED TV", price_usd=Decimal(900)))
    assert found(client, alias, {"match": {"title": "HEADPHONES"}}) == ["deal-1"]
    assert found(client, alias, {"term": {"title.raw": "LG OLED TV"}}) == ["deal-2"]
    assert found(client, alias, {"range": {"price_usd": {"lt": 200}}}) == ["deal-1"]
    assert found(client, alias, {"term": {"reason_codes": "below_usual"}}) == ["deal-1", "deal-2"]
    hour = {"gte": "2023-11-14T22:00:00Z", "lt": "2023-11-14T23:00:00Z"}
    dates = {"range": {"observed_at": hour | {"format": "strict_date_time_no_millis"}}}
    assert found(client, alias, dates) == ["deal-1", "deal-2"]


def test_a_replay_never_goes_back_in_time(client, alias):
    new = deal(observed_at=2_000, title="new")
    assert send(client, alias, new) == [None]
    assert send(client, alias, deal(observed_at=1_000, title="old")) == [None]
    assert send(client, alias, new) == [None]
    assert client.get(index=alias, id="deal-1")["_source"]["title"] == "new"


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"observed_at": -1}, "version"),
        ({"deal_id": "x" * 513}, "Validation Failed"),
    ],
)
def test_a_wrong_document_is_rejected_and_the_others_are_not(client, alias, changes, reason):
    rejected, done = send(client, alias, deal(**{"deal_id": "bad"} | changes), deal())
    assert rejected is not None
    assert reason in rejected
    assert done is None


def test_a_value_of_the_wrong_type_is_rejected_with_its_reason(client, alias):
    wrong = Document("bad", 1, b'{"deal_id": "bad", "price_usd": "cheap"}')
    results = index_batch(client, [document_of(deal()), wrong], index=alias)
    assert results[0] is None
    assert results[1] is not None
    assert "price_usd" in results[1]


def test_a_field_that_is_not_mapped_is_refused_rather_than_guessed(client, alias):
    with pytest.raises(RequestError, match="strict_dynamic_mapping_exception"):
        client.index(index=alias, id="x", body={"colour": "red"})


def test_a_missing_alias_is_an_outage_and_does_not_become_an_index(client):
    with pytest.raises(SearchUnavailableError, match="index_not_found_exception"):
        send(client, "no-such-alias", deal())
    assert not client.indices.exists(index="no-such-alias")


def test_the_template_may_be_put_again_and_again(client, alias):
    send(client, alias, deal())
    ensure_template(client, alias)
    assert list(client.indices.get_alias(name=alias)) == [f"{alias}-v1"]
    assert client.count(index=alias)["count"] == 1


def test_what_a_crash_leaves_to_be_indexed_again_is_bounded(client, alias):
    settings = client.indices.get_settings(index=alias, name="index.translog.*")
    (of_index,) = settings.values()
    said = of_index["settings"]["index"]["translog"]
    assert said == {"flush_threshold_size": TRANSLOG_SIZE}


def test_a_vector_field_can_join_later(client, alias):
    vector = {"type": "knn_vector", "dimension": 4, "method": {"name": "hnsw", "engine": "lucene"}}
    client.indices.put_mapping(index=alias, body={"properties": {"embedding": vector}})
    client.index(index=alias, id="x", body={"embedding": [1, 0, 0, 0]}, refresh=True)
    assert found(client, alias, {"knn": {"embedding": {"vector": [1, 0, 0, 0], "k": 1}}}) == ["x"]


def test_deals_are_found_by_meaning_where_no_word_is_shared(client, alias):
    titles = ["Bose QuietComfort wireless headset", "Michelin winter tyres", "Tefal frying pan"]
    embedder = TitleEmbedder.load(EMBEDDER)
    documents = [
        document_of(deal(deal_id=title, title=title), vector)
        for title, vector in zip(titles, embedder.vectors(titles), strict=True)
    ]
    assert index_batch(client, documents, index=alias, budget_s=5) == [None] * 3
    client.indices.refresh(index=alias)
    hits = search.find(client, alias, "earphones", [], 1)
    assert [hit["title"] for hit in hits] == titles[:1]
    cheap = filters_of(max_price_usd=1)
    assert search.find(client, alias, "earphones", cheap, 1) == []


def test_figures_of_windows_are_indexed_and_asked_for_by_a_best_deal(client):
    alias = f"deal-stats-{uuid.uuid4().hex[:8]}"
    ensure_template(client, alias, stats_mappings())
    frame = pd.DataFrame([stats(revision=2), stats(revision=1, deals=1)])
    try:
        assert index_batch(client, stats_documents_of(frame), index=alias, budget_s=5) == [None] * 2
        client.indices.refresh(index=alias)
        stored = client.get(index=alias, id="Monitors|tumbling|1764018000000")["_source"]
        assert (stored["revision"], stored["deals"]) == (2, 12)
        sure = {"range": {"best.discount_low_usd": {"gt": 28}}}
        hits = found(client, alias, {"nested": {"path": "best", "query": sure}})
        assert hits == ["Monitors|tumbling|1764018000000"]
        with pytest.raises(RequestError, match="strict_dynamic_mapping_exception"):
            client.index(index=alias, id="x", body={"best": [{"colour": "red"}]})
    finally:
        client.indices.delete(index=f"{alias}-v*")
        client.indices.delete_index_template(name=alias)
