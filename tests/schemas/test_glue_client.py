"""Apart from test_registry.py, because moto puts its own credentials into every client."""

from schemas.registry import glue_client


def test_only_a_loopback_endpoint_gets_made_up_credentials(monkeypatch):
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "from-the-environment")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "x")

    def key(url):
        return glue_client("us-east-1", url)._request_signer._credentials.access_key

    assert key("http://127.0.0.1:5000") == "local"
    assert key("https://glue.internal.example") == "from-the-environment"
    assert key(None) == "from-the-environment"


def test_throttled_calls_are_left_to_botocore():
    retries = glue_client("us-east-1", "http://127.0.0.1:1").meta.config.retries
    assert (retries["mode"], retries["total_max_attempts"]) == ("standard", 8)
