"""How librdkafka clients, those of the jobs and those of the tools, sign in to a broker."""

from functools import partial
from typing import Any, Literal, get_args

from aws_msk_iam_sasl_signer import MSKAuthTokenProvider

Security = Literal["PLAINTEXT", "MSK_IAM"]
SECURITIES: tuple[Security, ...] = get_args(Security)


def sign_in_properties(security: Security, region: str) -> dict[str, Any]:
    """The librdkafka properties of a way to sign in.

    Args:
        security: PLAINTEXT (no sign-in), or MSK_IAM: as the AWS role of the process, with TLS.
        region: AWS region of the brokers; only for MSK_IAM.
    """
    if security == "PLAINTEXT":
        return {}
    return {
        "security.protocol": "SASL_SSL",
        "sasl.mechanism": "OAUTHBEARER",
        "oauth_cb": partial(_iam_token, region),
    }


def _iam_token(region: str, _config: str) -> tuple[str, float]:
    """(token, when it ends in seconds since the epoch) of the process's role."""
    token, expiry_ms = MSKAuthTokenProvider.generate_auth_token(region)
    return token, expiry_ms / 1000
