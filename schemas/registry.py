"""The schemas in AWS Glue Schema Registry.

Glue checks compatibility itself, but only against the latest version and with an answer that
names no field; moto checks nothing. So every version is compared here before it is registered.
"""

import json
import logging
import time
from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit
from uuid import UUID

import boto3
from botocore.config import Config

from schemas import definitions
from schemas.compatibility import Problem, incompatibilities

LOG = logging.getLogger(__name__)

COMPATIBILITY = "BACKWARD"
# What an existing schema may have instead: each includes that a new schema reads the last one.
_ACCEPTED = {"BACKWARD", "BACKWARD_ALL", "FULL", "FULL_ALL"}
_POLL_S = 0.5
# An unknown id is asked for again after this: a topic full of foreign frames must not become a
# flood of calls, and a version that was registered meanwhile must be found.
_UNKNOWN_FOR_S = 30.0
_UNKNOWN_KEPT = 10_000


class RegistryError(Exception):
    """The registry refuses, fails or does not answer in time."""


class UnregisteredSchemaError(RegistryError):
    """The shipped schema is not in the registry."""


class UnknownVersionError(RegistryError):
    """The registry knows no usable schema of this version id."""


class IncompatibleSchemaError(RegistryError):
    """A new schema cannot read what an old version wrote."""

    def __init__(self, schema_name: str, version: int, problems: list[Problem]) -> None:
        """Name every field that is in the way."""
        listed = "\n  ".join(map(str, problems))
        super().__init__(
            f"{schema_name}: the new schema cannot read records of version {version}:\n  {listed}"
        )
        self.problems = problems


def glue_client(region: str, endpoint_url: str | None = None) -> Any:
    """A Glue client that retries throttled calls.

    Args:
        region: AWS region.
        endpoint_url: None for AWS itself.
    """
    config = Config(
        retries={"mode": "standard", "total_max_attempts": 8}, connect_timeout=3, read_timeout=10
    )
    return boto3.client(
        "glue",
        region_name=region,
        endpoint_url=endpoint_url,
        config=config,
        **credentials(endpoint_url),
    )


def credentials(endpoint_url: str | None) -> dict[str, str]:
    """What a boto3 client of an endpoint must be told of its credentials.

    A loopback address is the local stand-in: it gets made-up credentials, so that no real ones are
    asked for or sent. Everywhere else boto3 finds them by itself.
    """
    if endpoint_url and urlsplit(endpoint_url).hostname in ("localhost", "127.0.0.1", "::1"):
        return {"aws_access_key_id": "local", "aws_secret_access_key": "local"}
    return {}


class Registry:
    """One registry, its answers cached: a version never changes.

    Not for several threads.
    """

    def __init__(
        self,
        client: Any,
        name: str,
        *,
        deadline_s: float = 60.0,
        now_s: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        """Take a boto3 Glue client; nothing is called yet.

        Args:
            client: see `glue_client`.
            name: of the registry.
            deadline_s: how long a new version may stay PENDING.
            now_s: clock for the deadline and for unknown ids, in seconds.
            sleep: between two looks at a PENDING version.
        """
        self._glue = client
        self.name = name
        self._deadline_s = deadline_s
        self._now_s = now_s
        self._sleep = sleep
        self._ids: dict[tuple[str, str], UUID] = {}
        self._definitions: dict[UUID, dict[str, Any]] = {}
        self._unknown: dict[UUID, float] = {}

    def register_all(self) -> dict[str, UUID]:
        """Register every shipped schema; what is there already stays.

        Returns:
            The version id of each topic's schema.
        """
        return {topic: self.register(topic) for topic in definitions.TOPICS}

    def register(self, schema_name: str, definition: dict[str, Any] | None = None) -> UUID:
        """Make a schema the newest version, unless it is a version already.

        Args:
            schema_name: a topic's name.
            definition: the schema; None takes the shipped one.

        Returns:
            The schema version id.

        Raises:
            IncompatibleSchemaError: the schema cannot read an earlier version; nothing is changed.
            InvalidSchemaError: the definition is no Avro schema.
            RegistryError: Glue refuses the version, or it is PENDING past the deadline.
        """
        text = _text(schema_name, definition)
        schema = json.loads(text)
        incompatibilities(schema, schema)  # an invalid schema never gets to Glue
        try:
            return self._find(schema_name, text)
        except UnregisteredSchemaError:
            pass
        known = self._existing(schema_name)
        if known is None:
            answer = self._create(schema_name, text)
        else:
            self._check(schema_name, schema, known)
            answer = self._glue.register_schema_version(
                SchemaId=self._schema_id(schema_name), SchemaDefinition=text
            )
        status = answer.get("SchemaVersionStatus") or answer["Status"]
        return self._settled(schema_name, text, UUID(answer["SchemaVersionId"]), status)

    def version_id(self, schema_name: str, definition: dict[str, Any] | None = None) -> UUID:
        """The id of a registered schema; of the shipped one, if no definition is given.

        Raises:
            UnregisteredSchemaError: it is not registered.
        """
        return self._find(schema_name, _text(schema_name, definition))

    def definition(self, version_id: UUID) -> dict[str, Any]:
        """The schema with this version id.

        Raises:
            UnknownVersionError: the registry has none, or it is no AVAILABLE Avro schema.
        """
        known = self._definitions.get(version_id)
        if known is not None:
            return known
        asked_at = self._unknown.get(version_id)
        if asked_at is None or self._now_s() - asked_at >= _UNKNOWN_FOR_S:
            try:
                answer = self._glue.get_schema_version(SchemaVersionId=str(version_id))
            except self._glue.exceptions.EntityNotFoundException:
                answer = {"Status": "unknown"}
            if answer["Status"] == "AVAILABLE" and answer["DataFormat"] == "AVRO":
                parsed: dict[str, Any] = json.loads(answer["SchemaDefinition"])
                self._definitions[version_id] = parsed
                return parsed
            if len(self._unknown) >= _UNKNOWN_KEPT:
                self._unknown.clear()
            self._unknown[version_id] = self._now_s()
        message = f"the registry has no schema version {version_id}"
        raise UnknownVersionError(message)

    def _find(self, schema_name: str, text: str) -> UUID:
        key = (schema_name, text)
        if key in self._ids:
            return self._ids[key]
        try:
            answer = self._glue.get_schema_by_definition(
                SchemaId=self._schema_id(schema_name), SchemaDefinition=text
            )
        except self._glue.exceptions.EntityNotFoundException as error:
            message = (
                f"this version of schema {schema_name} is not in registry {self.name}; "
                "python -m scripts.bootstrap registers it"
            )
            raise UnregisteredSchemaError(message) from error
        version_id = UUID(answer["SchemaVersionId"])
        return self._settled(schema_name, text, version_id, answer["Status"])

    def _settled(self, schema_name: str, text: str, version_id: UUID, status: str) -> UUID:
        """Wait until Glue has made up its mind about a version."""
        give_up_at = self._now_s() + self._deadline_s
        while status == "PENDING":
            if self._now_s() >= give_up_at:
                message = f"{schema_name}: {version_id} is PENDING after {self._deadline_s:g} s"
                raise RegistryError(message)
            self._sleep(_POLL_S)
            status = self._glue.get_schema_version(SchemaVersionId=str(version_id))["Status"]
        if status != "AVAILABLE":
            message = f"{schema_name}: Glue answers {status} for version {version_id}"
            raise RegistryError(message)
        self._ids[schema_name, text] = version_id
        return version_id

    def _existing(self, schema_name: str) -> dict[str, Any] | None:
        try:
            found: dict[str, Any] = self._glue.get_schema(SchemaId=self._schema_id(schema_name))
        except self._glue.exceptions.EntityNotFoundException:
            return None
        if found["Compatibility"] not in _ACCEPTED:
            message = (
                f"schema {schema_name} of registry {self.name} has compatibility "
                f"{found['Compatibility']}; it must be {COMPATIBILITY}"
            )
            raise RegistryError(message)
        return found

    def _check(self, schema_name: str, schema: dict[str, Any], known: dict[str, Any]) -> None:
        """Against all versions, not the last alone: a topic keeps records for weeks."""
        for number in range(known["LatestSchemaVersion"], 0, -1):
            try:
                old = self._glue.get_schema_version(
                    SchemaId=self._schema_id(schema_name),
                    SchemaVersionNumber={"VersionNumber": number},
                )
            except self._glue.exceptions.EntityNotFoundException:
                continue  # deleted
            if old["Status"] != "AVAILABLE":
                continue  # refused by Glue, so never written with
            problems = incompatibilities(schema, json.loads(old["SchemaDefinition"]))
            if problems:
                raise IncompatibleSchemaError(schema_name, number, problems)

    def _create(self, schema_name: str, text: str) -> dict[str, Any]:
        try:
            self._glue.create_registry(RegistryName=self.name)
            LOG.info("Created the schema registry name=%s", self.name)
        except self._glue.exceptions.AlreadyExistsException:
            pass
        try:
            created: dict[str, Any] = self._glue.create_schema(
                RegistryId={"RegistryName": self.name},
                SchemaName=schema_name,
                DataFormat="AVRO",
                Compatibility=COMPATIBILITY,
                SchemaDefinition=text,
            )
        except self._glue.exceptions.AlreadyExistsException as error:
            message = f"schema {schema_name} was created by somebody else just now; try again"
            raise RegistryError(message) from error
        return created

    def _schema_id(self, schema_name: str) -> dict[str, str]:
        return {"RegistryName": self.name, "SchemaName": schema_name}


def _text(schema_name: str, definition: dict[str, Any] | None) -> str:
    if definition is None:
        definition = definitions.definition(schema_name)
    return definitions.registered_text(definition)
