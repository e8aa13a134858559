from collections.abc import Iterator

import moto
import pytest

from schemas.codec import Codec
from schemas.registry import Registry, glue_client


@pytest.fixture
def glue() -> Iterator[object]:
    with moto.mock_aws():
        yield glue_client("us-east-1")


@pytest.fixture
def registry(glue) -> Registry:
    return Registry(glue, "deal-finder")


@pytest.fixture
def codec(registry) -> Codec:
    registry.register_all()
    return Codec(registry)
