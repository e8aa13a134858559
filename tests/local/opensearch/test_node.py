import pytest
from opensearchpy import OpenSearch

from local.opensearch.node import MODULES, module_descriptor, node_settings
from local.ports import Ports


def test_the_node_is_bound_to_the_loopback_address(tmp_path):
    rendered = node_settings(Ports(opensearch=1111, opensearch_transport=2222), tmp_path, tmp_path)
    assert "network.host: 127.0.0.1" in rendered
    assert "http.port: 1111" in rendered
    assert "transport.port: 2222" in rendered


@pytest.mark.parametrize("name", MODULES)
def test_every_module_has_a_descriptor_with_its_class(name):
    assert f"classname={MODULES[name]}\n" in module_descriptor(name)


@pytest.fixture
def client(endpoints):
    client = OpenSearch(endpoints.opensearch_url, timeout=30)
    yield client
    client.close()


@pytest.mark.broker
def test_the_nearest_vectors_are_found_under_a_filter(client):
    vector = {
        "type": "knn_vector",
        "dimension": 3,
        "method": {"name": "hnsw", "engine": "lucene", "space_type": "cosinesimil"},
    }
    client.indices.create(
        index="vectors",
        body={
            "settings": {"index.knn": True, "number_of_replicas": 0},
            "mappings": {"properties": {"place": vector, "shop": {"type": "keyword"}}},
        },
    )
    for number, place in enumerate([[1, 0, 0], [0.9, 0.1, 0], [0, 1, 0], [0, 0, 1]]):
        client.index(
            index="vectors", id=str(number), body={"place": place, "shop": f"shop-{number % 2}"}
        )
    client.indices.refresh(index="vectors")

    def nearest(**extra):
        query = {"knn": {"place": {"vector": [1, 0, 0], "k": 2, **extra}}}
        found = client.search(index="vectors", body={"size": 2, "query": query})
        return [hit["_id"] for hit in found["hits"]["hits"]]

    assert nearest() == ["0", "1"]
    assert nearest(filter={"term": {"shop": "shop-1"}}) == ["1", "3"]


@pytest.mark.broker
def test_scripts_and_update_by_query_work(client):
    client.index(index="scripted", body={"price": 10}, id="1", refresh=True)
    done = client.update_by_query(
        index="scripted",
        body={"script": {"source": "ctx._source.price *= 2"}},
        refresh=True,
    )
    assert done["updated"] == 1
    assert client.get(index="scripted", id="1")["_source"]["price"] == 20


@pytest.mark.broker
def test_text_is_found_by_the_stem_of_its_words(client):
    title = {"type": "text", "analyzer": "english"}
    client.indices.create(index="texts", body={"mappings": {"properties": {"title": title}}})
    client.index(index="texts", body={"title": "Refurbished laptops"}, id="1", refresh=True)
    found = client.search(index="texts", body={"query": {"match": {"title": "laptop"}}})
    assert found["hits"]["total"]["value"] == 1


@pytest.mark.broker
def test_documents_survive_a_kill(stack, client):
    client.index(index="durable", body={"price": 10}, id="1", refresh=True)
    stack.kill("opensearch")
    stack.start("opensearch")
    assert client.get(index="durable", id="1")["_source"] == {"price": 10}
