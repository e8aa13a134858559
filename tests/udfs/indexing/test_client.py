import pytest
from opensearchpy.exceptions import TransportError

from tests.udfs.indexing.server import Cluster
from udfs.indexing.client import client_for


@pytest.fixture
def cluster():
    cluster = Cluster()
    yield cluster
    cluster.close()


def headers(cluster: Cluster, **options) -> dict[str, str]:
    client = client_for(cluster.url, **options)
    client.bulk(body=b'{"index": {"_id": "a", "version": 1, "version_type": "external_gte"}}\n{}\n')
    client.close()
    return cluster.headers[-1]


def test_there_is_no_authentication_unless_asked_for(cluster):
    assert "authorization" not in {name.lower() for name in headers(cluster)}


def test_a_user_name_is_basic_authentication(cluster):
    found = headers(cluster, username="ann", password="secret")  # noqa: S106 - the test's own
    assert found["authorization"] == "Basic YW5uOnNlY3JldA=="


def test_a_region_signs_requests(cluster, monkeypatch):
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "key")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "secret")
    found = {name.lower(): value for name, value in headers(cluster, region="eu-west-1").items()}
    assert found["authorization"].startswith("AWS4-HMAC-SHA256 Credential=key/")
    assert "/eu-west-1/es/aws4_request" in found["authorization"]


def test_two_kinds_of_authentication_are_an_error():
    with pytest.raises(ValueError, match="not both"):
        client_for("http://127.0.0.1:1", region="eu-west-1", username="ann")


@pytest.mark.parametrize("status", [429, 502, 503, 504])
def test_nothing_is_retried_behind_our_back(cluster, status):
    cluster.requests.extend([status] * 3)
    client = client_for(cluster.url)
    with pytest.raises(TransportError):
        client.bulk(body=b"{}\n{}\n")
    client.close()
    assert len(cluster.paths) == 1
