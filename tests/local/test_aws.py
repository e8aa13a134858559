import pytest

from local.ports import Ports
from local.stack import Stack
from schemas.registry import Registry, glue_client

pytestmark = pytest.mark.broker


def test_schema_version_ids_outlive_the_stand_in_as_the_records_do(tmp_path):
    stack = Stack(tmp_path, Ports.free())
    try:
        ids = []
        for _ in range(2):
            stack.start("aws")
            client = glue_client("us-east-1", stack.endpoints().aws_endpoint_url)
            ids.append(Registry(client, "deal-finder").register_all())
            stack.kill("aws")
    finally:
        stack.down()
    assert ids[0] == ids[1]
    assert len(set(ids[0].values())) == len(ids[0])
