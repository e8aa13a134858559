"""IAM policy documents of terraform/ as JSON, as far as that goes without terraform.

What is known only when it is applied becomes an ARN of the right form, or `*`.
"""

import re
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from scripts.infra.blocks import Block, read

_WORD = re.compile(r'"((?:[^"\\]|\\.)*)"')
VALUES = {
    "var.region": "us-east-1",
    "var.account_id": "111122223333",
    "local.region": "us-east-1",
}
ARNS = {
    "kms_key_arn": "arn:aws:kms:us-east-1:111122223333:key/00000000-0000-0000-0000-000000000000",
    "code_bucket_arn": "arn:aws:s3:::bucket",
    "registry_arn": "arn:aws:glue:us-east-1:111122223333:registry/registry",
    "schema_arns": "arn:aws:glue:us-east-1:111122223333:schema/registry/schema",
    "schema_arn": "arn:aws:glue:us-east-1:111122223333:schema/registry/schema",
}


def documents(paths: Iterable[Path]) -> Iterator[tuple[str, dict[str, Any]]]:
    """(place, policy) of each document that is of a role: those with principals are of resources.

    Raises:
        SyntaxProblem: a file cannot be read.
    """
    for path in paths:
        for block in read(path).inside("data"):
            if block.labels[0] != "aws_iam_policy_document":
                continue
            statements = [_statement(each) for each in _bodies(block)]
            kept = [each for each in statements if each is not None]
            if kept:
                place = f"{path.parent.name}/{path.name}: {block.labels[1]}"
                yield place, {"Version": "2012-10-17", "Statement": kept}


def _bodies(block: Block) -> Iterator[Block]:
    yield from block.inside("statement")
    for dynamic in block.inside("dynamic"):
        yield from dynamic.inside("content")


def _statement(body: Block) -> dict[str, Any] | None:
    if any(True for _ in body.inside("principals")):
        return None
    sid = body.attributes.get("sid", '""')[1:-1]
    return ({"Sid": sid} if sid else {}) | {
        "Effect": body.attributes.get("effect", '"Allow"')[1:-1],
        "Action": _WORD.findall(body.attributes["actions"]),
        "Resource": _resources(body.attributes.get("resources", "")),
    }


def _resources(expression: str) -> list[str]:
    for name, arn in ARNS.items():
        expression = re.sub(rf"(\$\{{)?\bvar\.{name}\b(\}})?", lambda f: _as(f, arn), expression)  # noqa: B023
    found = []
    for text in _WORD.findall(expression):
        for name, value in VALUES.items():
            text = text.replace(f"${{{name}}}", value)
        if text.startswith("arn:") and "replace(" not in text:
            found.append(re.sub(r"\$\{[^}]*\}", "x", text))
    return found or ["*"]


def _as(found: re.Match[str], arn: str) -> str:
    return arn if found[1] else f'"{arn}"'
