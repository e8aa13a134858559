"""The package in S3, under the name of its content, and what became of it there."""

import hashlib
import json
from pathlib import Path
from typing import Any

from botocore.exceptions import ClientError

from scripts.deployment.errors import DeployError

MISSING = {"404", "NoSuchKey", "NotFound"}


class Artefacts:
    """The bucket of packages."""

    def __init__(self, s3: Any, bucket: str) -> None:
        """Take a boto3 client and the bucket's name."""
        self._s3 = s3
        self.bucket = bucket

    @property
    def arn(self) -> str:
        """The bucket's ARN."""
        return f"arn:aws:s3:::{self.bucket}"

    def has(self, key: str) -> bool:
        """Whether the object is there.

        Raises:
            DeployError: it cannot be told, as of missing rights.
        """
        try:
            self._s3.head_object(Bucket=self.bucket, Key=key)
        except ClientError as error:
            code = error.response["Error"]["Code"]
            if code in MISSING:
                return False
            message = f"s3://{self.bucket}/{key} cannot be looked at ({code}): check your rights"
            raise DeployError(message) from error
        return True

    def upload(self, package: Path, key: str) -> None:
        """Put a package under its key; S3 checks the bytes on arrival."""
        self._s3.upload_file(
            str(package), self.bucket, key, ExtraArgs={"ChecksumAlgorithm": "SHA256"}
        )

    def verdict(self, application: str, key: str) -> dict[str, Any] | None:
        """What the gate said of a package in an application; None = nothing yet."""
        try:
            answer = self._s3.get_object(Bucket=self.bucket, Key=_verdict_key(application, key))
        except ClientError as error:
            if error.response["Error"]["Code"] in MISSING:
                return None
            raise
        return dict(json.loads(answer["Body"].read()))

    def set_verdict(self, application: str, key: str, verdict: dict[str, Any]) -> None:
        """Keep what the gate said."""
        body = json.dumps(verdict, indent=2, sort_keys=True).encode()
        self._s3.put_object(
            Bucket=self.bucket,
            Key=_verdict_key(application, key),
            Body=body,
            ContentType="application/json",
        )


def _verdict_key(application: str, key: str) -> str:
    return f"deployments/{application}/{key.removesuffix('.zip')}.json"


def content_key(package: Path) -> str:
    """The key of a package: its name says what is in it, so it never changes its meaning.

    Raises:
        DeployError: there is no such file.
    """
    try:
        with package.open("rb") as file:
            return f"deal-finder-{hashlib.file_digest(file, 'sha256').hexdigest()}.zip"
    except OSError as error:
        message = f"{package}: {error.strerror}: make it with `make package`, or name it with "
        message += "--package"
        raise DeployError(message) from error


def short(key: str) -> str:
    """The first twelve digits of a key's hash, for people and names."""
    return key.removeprefix("deal-finder-").removesuffix(".zip")[:12]
