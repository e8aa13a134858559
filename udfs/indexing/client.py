"""The connection to OpenSearch."""

from typing import Any

import boto3
from opensearchpy import OpenSearch, Urllib3AWSV4SignerAuth, Urllib3HttpConnection


def client_for(
    url: str,
    *,
    region: str | None = None,
    username: str | None = None,
    password: str | None = None,
    timeout_s: float = 10.0,
) -> OpenSearch:
    """Make a client that tries once: retries are bulk.py's, where they are bounded and visible.

    Args:
        url: http(s)://host:port; certificates are verified.
        region: Sign requests (SigV4) with the credentials of the environment or role.
        username: Basic authentication instead.
        password: Of that user.
        timeout_s: For connecting, and for each read.

    Raises:
        ValueError: both kinds of authentication are asked for, or there are no credentials.
    """
    auth: Any = None
    if region and username:
        message = "sign requests for a region or send a user name, not both"
        raise ValueError(message)
    if region:
        auth = Urllib3AWSV4SignerAuth(boto3.Session().get_credentials(), region, "es")
    elif username:
        auth = (username, password or "")
    return OpenSearch(
        hosts=[url],
        http_auth=auth,
        connection_class=Urllib3HttpConnection,
        verify_certs=True,
        timeout=timeout_s,
        max_retries=0,
        retry_on_timeout=False,
        retry_on_status=(),
    )
