# OpenSearch inside the VPC: requests are signed (IAM), then fine-grained access decides. Who may
# send any is the platform's to say, for the jobs' role needs the URL of the domain first.

locals {
  arn   = "arn:aws:es:${var.region}:${var.account_id}:domain/${var.name}"
  nodes = var.is_highly_available ? 3 : 1
  # A group for each kind that the service writes.
  logs = {
    ES_APPLICATION_LOGS = "application"
    AUDIT_LOGS          = "audit"
  }
}

resource "aws_cloudwatch_log_group" "this" {
  for_each = local.logs

  name              = "/${var.name}/opensearch/${each.value}"
  retention_in_days = var.log_retention_days
  kms_key_id        = var.kms_key_arn
}

data "aws_iam_policy_document" "logs" {
  statement {
    actions   = ["logs:PutLogEvents", "logs:CreateLogStream"]
    resources = [for group in aws_cloudwatch_log_group.this : "${group.arn}:*"]

    principals {
      type        = "Service"
      identifiers = ["es.amazonaws.com"]
    }

    condition {
      test     = "StringEquals"
      variable = "aws:SourceAccount"
      values   = [var.account_id]
    }
  }
}

resource "aws_cloudwatch_log_resource_policy" "this" {
  policy_name     = "${var.name}-opensearch"
  policy_document = data.aws_iam_policy_document.logs.json
}

resource "aws_opensearch_domain" "this" {
  domain_name    = var.name
  engine_version = var.engine_version

  cluster_config {
    instance_type            = var.instance_type
    instance_count           = local.nodes
    zone_awareness_enabled   = var.is_highly_available
    dedicated_master_enabled = var.is_highly_available
    dedicated_master_count   = var.is_highly_available ? 3 : null
    dedicated_master_type    = var.is_highly_available ? var.master_instance_type : null

    dynamic "zone_awareness_config" {
      for_each = var.is_highly_available ? [3] : []

      content {
        availability_zone_count = zone_awareness_config.value
      }
    }
  }

  ebs_options {
    ebs_enabled = true
    volume_type = "gp3"
    volume_size = var.volume_gb
  }

  encrypt_at_rest {
    enabled    = true
    kms_key_id = var.kms_key_arn
  }

  node_to_node_encryption {
    enabled = true
  }

  domain_endpoint_options {
    enforce_https       = true
    tls_security_policy = "Policy-Min-TLS-1-2-PFS-2023-10"
  }

  advanced_security_options {
    enabled                        = true
    anonymous_auth_enabled         = false
    internal_user_database_enabled = false

    master_user_options {
      master_user_arn = var.admin_role_arn
    }
  }

  vpc_options {
    subnet_ids         = slice(var.subnet_ids, 0, local.nodes)
    security_group_ids = [var.security_group_id]
  }

  # The service snapshots every hour by itself; this hour is for old engines that do so daily.
  snapshot_options {
    automated_snapshot_start_hour = 3
  }

  software_update_options {
    auto_software_update_enabled = true
  }

  dynamic "log_publishing_options" {
    for_each = local.logs

    content {
      log_type                 = log_publishing_options.key
      cloudwatch_log_group_arn = aws_cloudwatch_log_group.this[log_publishing_options.key].arn
    }
  }

  depends_on = [aws_cloudwatch_log_resource_policy.this]
}
