from collections.abc import Iterator
from typing import Any

import moto
import pytest
from moto.core.models import DEFAULT_ACCOUNT_ID
from moto.glue import glue_backends

from schemas.codec import Codec
from schemas.registry import Registry, glue_client


@pytest.fixture(scope="module")
def mocked_glue() -> Iterator[Any]:
    """A client of a Glue in this process; a client takes longer to make than a test to run."""
    with moto.mock_aws():
        yield glue_client("us-east-1")


@pytest.fixture
def glue(mocked_glue) -> Any:
    """An empty Glue."""
    glue_backends[DEFAULT_ACCOUNT_ID]["us-east-1"].reset()
    return mocked_glue


@pytest.fixture
def registry(glue) -> Registry:
    return Registry(glue, "deal-finder")


@pytest.fixture
def codec(registry) -> Codec:
    registry.register_all()
    return Codec(registry)
