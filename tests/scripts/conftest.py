import pytest

from scripts.connection import Connection


@pytest.fixture(scope="session")
def connection(endpoints) -> Connection:
    """The stack's broker and registry, with all schemas in it."""
    connection = Connection.to(endpoints)
    connection.registry.register_all()
    return connection


@pytest.fixture
def options(connection) -> list[str]:
    """The command-line options of `connection`."""
    return [
        f"--bootstrap-servers={connection.kafka['bootstrap.servers']}",
        f"--aws-endpoint-url={connection.aws_endpoint_url}",
    ]
