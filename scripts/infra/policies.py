"""What our Terraform must not hold: rights without bounds, open doors, plain text."""

import re
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

from scripts.infra.blocks import Block
from scripts.infra.schema import Finding, aws_blocks

REASON = re.compile(r"# Reason: \S")
_STAR_ACTION = re.compile(r'"(?:[\w-]+:)?[\w]*\*[\w*]*"')
_OPEN = re.compile(r'"(0\.0\.0\.0/0|::/0)"')
_LOG_GROUPS = {"retention_in_days", "kms_key_id"}
# Beside each bucket of a module stand these, for all of its buckets.
BUCKET_GUARDS = (
    "aws_s3_bucket_public_access_block",
    "aws_s3_bucket_server_side_encryption_configuration",
    "aws_s3_bucket_versioning",
    "aws_s3_bucket_policy",
)


def _statements(block: Block) -> Iterator[Block]:
    yield from block.inside("statement")
    for dynamic in block.inside("dynamic"):
        yield from dynamic.inside("content")


def _wildcards(block: Block) -> Iterator[str]:
    for statement in _statements(block):
        actions = statement.attributes.get("actions", "")
        # In the policy of a role or a key a star is a right; ARNs may end in one (`bucket/*`).
        is_wide = _STAR_ACTION.search(actions) or '"*"' in statement.attributes.get("resources", "")
        if is_wide and not REASON.search(statement.text):
            yield "a statement allows any action or resource without `# Reason: ...`"
        if "not_actions" in statement.attributes or "not_resources" in statement.attributes:
            yield "a statement allows all but what it names"


def _open_ingress(block: Block) -> Iterator[str]:
    if any(_OPEN.search(value) for value in block.attributes.values()):
        yield "ingress is open to the world"


def _inline_rules(block: Block) -> Iterator[str]:
    if any(True for kind in ("ingress", "egress") for _ in block.inside(kind)):
        yield "rules stand in resources of their own"


def _log_group(block: Block) -> Iterator[str]:
    for name in sorted(_LOG_GROUPS - block.attributes.keys()):
        yield f"a log group needs {name}"


def _needs(name: str, wanted: str, *inside: str) -> Callable[[Block], Iterator[str]]:
    """A check that an attribute, in these blocks, has this expression."""

    def check(block: Block) -> Iterator[str]:
        bodies = [block]
        for kind in inside:
            bodies = [nested for body in bodies for nested in body.inside(kind)]
        if not bodies or any(not re.fullmatch(wanted, b.attributes.get(name, "")) for b in bodies):
            yield f"{'.'.join((*inside, name))} must be {wanted}"

    return check


CHECKS: dict[str, tuple[Callable[[Block], Iterator[str]], ...]] = {
    "data.aws_iam_policy_document": (_wildcards,),
    "aws_vpc_security_group_ingress_rule": (_open_ingress,),
    "aws_security_group": (_inline_rules,),
    "aws_default_security_group": (_inline_rules,),
    "aws_cloudwatch_log_group": (_log_group,),
    "aws_s3_bucket_public_access_block": tuple(
        _needs(name, "true")
        for name in (
            "block_public_acls",
            "block_public_policy",
            "ignore_public_acls",
            "restrict_public_buckets",
        )
    ),
    "aws_dynamodb_table": (
        _needs("enabled", "true", "point_in_time_recovery"),
        _needs("enabled", "true", "server_side_encryption"),
    ),
    "aws_kms_key": (_needs("enable_key_rotation", "true"),),
    "aws_msk_cluster": (
        _needs("client_broker", '"TLS"', "encryption_info", "encryption_in_transit"),
        _needs("unauthenticated", "false", "client_authentication"),
    ),
    "aws_opensearch_domain": (
        _needs("enabled", "true", "encrypt_at_rest"),
        _needs("enabled", "true", "node_to_node_encryption"),
        _needs("enabled", "true", "advanced_security_options"),
        _needs("enforce_https", "true", "domain_endpoint_options"),
        _needs("subnet_ids", r"(?s).+", "vpc_options"),
    ),
    "aws_sns_topic": (_needs("kms_master_key_id", r".+"),),
    "aws_ecr_repository": (
        _needs("image_tag_mutability", '"IMMUTABLE"'),
        _needs("scan_on_push", "true", "image_scanning_configuration"),
    ),
    "aws_subnet": (_needs("map_public_ip_on_launch", "false|"),),
}


def check(paths: Iterable[Path]) -> list[Finding]:
    """Look through the files.

    Raises:
        SyntaxProblem: a file cannot be read.
    """
    findings = []
    kinds: dict[Path, set[str]] = {}
    for path, kind, block in aws_blocks(paths):
        kinds.setdefault(path.parent, set()).add(kind)
        place = f"{kind}.{block.labels[1]}"
        for each in CHECKS.get(kind, ()):
            findings += [Finding(path, block.line, place, what) for what in each(block)]
    for folder, found in kinds.items():
        for guard in BUCKET_GUARDS:
            if "aws_s3_bucket" in found and guard not in found:
                findings.append(Finding(folder, 1, "aws_s3_bucket", f"a bucket needs {guard}"))
    return findings
