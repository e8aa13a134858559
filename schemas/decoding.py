"""Records of topics that a task of a job follows itself, beside what Flink gives it."""

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

from schemas.codec import Codec
from schemas.registry import Registry, glue_client


def record_decoder(
    registry_name: str, region: str, endpoint_url: str | None, topic: str
) -> Callable[[bytes], Mapping[str, Any]]:
    """What reads records of a topic in a task, by its own connection to the registry.

    Args:
        registry_name: In Glue.
        region: Of AWS.
        endpoint_url: Of a stand-in; None: the service's own.
        topic: What the records are of.
    """
    return partial(
        Codec(Registry(glue_client(region, endpoint_url), registry_name)).decode, topic=topic
    )
