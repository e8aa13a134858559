import dataclasses
from collections.abc import Iterator
from contextlib import contextmanager
from uuid import uuid4

import pytest

from local.stack import Endpoints
from schemas.registry import glue_client
from scripts.connection import Connection


@contextmanager
def own_registry(endpoints: Endpoints) -> Iterator[Connection]:
    """The stack's broker, with a new registry that goes again: an account may have ten."""
    connection = dataclasses.replace(
        Connection.to(endpoints), registry_name=f"test-{uuid4().hex[:8]}"
    )
    yield connection
    glue = glue_client(connection.region, connection.aws_endpoint_url)
    if connection.registry_name in [
        row["RegistryName"] for row in glue.list_registries()["Registries"]
    ]:
        glue.delete_registry(RegistryId={"RegistryName": connection.registry_name})


@pytest.fixture(scope="session")
def connection(endpoints) -> Iterator[Connection]:
    """Broker and a registry that has all schemas."""
    with own_registry(endpoints) as connection:
        connection.registry.register_all()
        yield connection


@pytest.fixture
def fresh(endpoints) -> Iterator[Connection]:
    """Broker and a registry that is not there yet."""
    with own_registry(endpoints) as connection:
        yield connection


def options_of(connection: Connection) -> list[str]:
    return [
        f"--bootstrap-servers={connection.kafka['bootstrap.servers']}",
        f"--aws-endpoint-url={connection.aws_endpoint_url}",
        f"--registry={connection.registry_name}",
    ]


@pytest.fixture
def options(connection) -> list[str]:
    """The command-line options of `connection`."""
    return options_of(connection)
