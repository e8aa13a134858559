"""Seeded mistakes: each is found by the check that is there for it, and by no test run."""

from pathlib import Path

import pytest

from scripts.infra.__main__ import TREE, static

# Name -> (file, what stands there, what is put there, what is said of it).
MISTAKES = {
    "unknown attribute": (
        "modules/network/main.tf",
        "enable_dns_support ",
        "enable_dns_suport ",
        "attribute 'enable_dns_suport' is unknown",
    ),
    "unknown type": (
        "modules/network/main.tf",
        'resource "aws_eip"',
        'resource "aws_elastic_ip"',
        "unknown type",
    ),
    "required attribute missing": (
        "modules/registry/main.tf",
        '  data_format       = "AVRO"\n',
        "",
        "required 'data_format' is missing",
    ),
    "required block missing": (
        "modules/scanner/main.tf",
        '  flexible_time_window {\n    mode = "OFF"\n  }\n',
        "",
        "required 'flexible_time_window' is missing",
    ),
    "block written as attribute": (
        "modules/search/main.tf",
        "  encrypt_at_rest {",
        "  encrypt_at_rest = {",
        "is a block, write it without '='",
    ),
    "unknown block": (
        "modules/flink/main.tf",
        "checkpoint_configuration {",
        "checkpointing_configuration {",
        "block 'checkpointing_configuration' is unknown",
    ),
    "unknown dynamic block": (
        "modules/flink/main.tf",
        'dynamic "property_group"',
        'dynamic "properties"',
        "block 'properties' is unknown",
    ),
    "block given twice": (
        "modules/storage/tables.tf",
        "  ttl {\n",
        "  ttl {\n    enabled = false\n  }\n\n  ttl {\n",
        "block 'ttl' is given 2 times, at most 1",
    ),
    "wildcard action": (
        "modules/flink/role.tf",
        '"bedrock:InvokeModel"',
        '"bedrock:*"',
        "without `# Reason: ...`",
    ),
    "wildcard resource": (
        "modules/scanner/roles.tf",
        "resources = [var.registry_arn, var.schema_arn]",
        'resources = ["*"]',
        "without `# Reason: ...`",
    ),
    "wildcard in a dynamic statement": (
        "modules/flink/role.tf",
        "resources = [statement.value]",
        'resources = ["*"]',
        "without `# Reason: ...`",
    ),
    "reason taken away": (
        "modules/flink/role.tf",
        "# Reason: EC2's describing actions know no resources.",
        "",
        "without `# Reason: ...`",
    ),
    "open security group": (
        "modules/network/security.tf",
        "referenced_security_group_id = aws_security_group.this[each.value.from].id",
        'cidr_ipv4 = "0.0.0.0/0"',
        "ingress is open to the world",
    ),
    "unencrypted bucket": (
        "modules/storage/main.tf",
        'resource "aws_s3_bucket_server_side_encryption_configuration" "this"',
        'resource "aws_s3_bucket_request_payment_configuration" "this"',
        "a bucket needs aws_s3_bucket_server_side_encryption_configuration",
    ),
    "public bucket": (
        "modules/storage/main.tf",
        "block_public_policy     = true",
        "block_public_policy     = false",
        "block_public_policy must be true",
    ),
    "table without backups": (
        "modules/storage/tables.tf",
        "  point_in_time_recovery {\n    enabled = true",
        "  point_in_time_recovery {\n    enabled = false",
        "point_in_time_recovery.enabled must be true",
    ),
    "plain text to the brokers": (
        "modules/streaming/main.tf",
        'client_broker = "TLS"',
        'client_broker = "TLS_PLAINTEXT"',
        "encryption_in_transit.client_broker must be",
    ),
    "search on the open net": (
        "modules/search/main.tf",
        "  vpc_options {\n    subnet_ids         = slice(var.subnet_ids, 0, local.nodes)\n",
        "  vpc_options {\n",
        "vpc_options.subnet_ids must be",
    ),
    "key that does not rotate": (
        "bootstrap/main.tf",
        "enable_key_rotation     = true",
        "enable_key_rotation     = false",
        "enable_key_rotation must be true",
    ),
    "logs kept for ever": (
        "modules/flink/main.tf",
        "  retention_in_days = var.log_retention_days\n",
        "",
        "a log group needs retention_in_days",
    ),
}


@pytest.mark.parametrize("name", MISTAKES)
def test_a_seeded_mistake_is_found(name, tmp_path):
    place, stands, put, said = MISTAKES[name]
    path = tmp_path / Path(place).name
    # The module alone: what its other files need of it, no check of these asks for.
    for source in (TREE / place).parent.glob("*.tf"):
        (tmp_path / source.name).write_text(source.read_text("utf-8"), "utf-8")
    text = path.read_text("utf-8")
    assert stands in text, "the mistake has no place any more"
    path.write_text(text.replace(stands, put), "utf-8")
    found = [str(finding) for finding in static(tmp_path)]
    assert any(said in finding for finding in found), found


def test_terraform_as_it_is_has_no_findings():
    assert [str(finding) for finding in static()] == []


def test_a_tree_without_resources_is_a_finding(tmp_path):
    assert [finding.what for finding in static(tmp_path)] == ["nothing was checked"]
