"""The scanner as a Lambda function: one scan of all feeds a call.

Its settings are environment variables, as terraform/modules/scanner sets them:
BOOTSTRAP_SERVERS, REGISTRY, STATE_TABLE and, beside Lambda's own AWS_REGION, FEEDS for another list
of feeds than the package's feeds.toml.
"""

import os
from collections.abc import Mapping
from typing import Any

from scripts import scan_feeds

DEFAULT_FEEDS = "feeds.toml"


class ScanFailedError(RuntimeError):
    """The scan did not do all of its work; the log names what. Lambda counts it as an error."""


def arguments(environ: Mapping[str, str], request_id: str) -> list[str]:
    """The command line that the environment stands for.

    Raises:
        ScanFailedError: a variable is not set.
    """
    wanted = ("BOOTSTRAP_SERVERS", "REGISTRY", "STATE_TABLE", "AWS_REGION")
    if missing := [name for name in wanted if not environ.get(name)]:
        message = f"environment variables are not set: {', '.join(missing)}"
        raise ScanFailedError(message)
    return [
        "--once",
        *("--log-format", "json"),
        *("--correlation-id", request_id),
        *("--config", environ.get("FEEDS", DEFAULT_FEEDS)),
        *("--bootstrap-servers", environ["BOOTSTRAP_SERVERS"]),
        *("--security", environ.get("SECURITY", "MSK_IAM")),
        *("--registry", environ["REGISTRY"]),
        *("--region", environ["AWS_REGION"]),
        *("--state-table", environ["STATE_TABLE"]),
    ]


def handler(_event: Any, context: Any) -> dict[str, int]:
    """Scan once; what Lambda calls.

    Raises:
        ScanFailedError: by an exit code of `scripts.scan_feeds` other than 0.
    """
    try:
        code = scan_feeds.main(arguments(os.environ, context.aws_request_id))
    except SystemExit as ended:  # options that are refused
        code = int(ended.code or 0)
    if code:
        message = f"the scan ended with exit code {code}"
        raise ScanFailedError(message)
    return {"exit_code": code}
