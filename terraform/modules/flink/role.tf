# What the applications may do, and nothing else.

locals {
  topic_arns = var.cluster_arn == null ? [] : [
    # A trial beside the running version writes to topics of its own (scripts.deploy --blue-green).
    for topic in concat(var.topics, [for name in var.topics : "shadow.${name}"]) :
    "${replace(var.cluster_arn, ":cluster/", ":topic/")}/${topic}"
  ]
  # `us.` and its like name an inference profile, which calls the model in one of several regions.
  is_profile = can(regex("^(us|eu|apac|global)[.]", var.bedrock_model_id))
  model      = replace(var.bedrock_model_id, "/^(us|eu|apac|global)[.]/", "")
  model_arns = concat(
    ["arn:aws:bedrock:${local.is_profile ? "*" : var.region}::foundation-model/${local.model}"],
    local.is_profile ? ["arn:aws:bedrock:${var.region}:${var.account_id}:inference-profile/${var.bedrock_model_id}"] : [],
  )
}

data "aws_iam_policy_document" "trust" {
  statement {
    actions = ["sts:AssumeRole"]

    principals {
      type        = "Service"
      identifiers = ["kinesisanalytics.amazonaws.com"]
    }

    condition {
      test     = "StringEquals"
      variable = "aws:SourceAccount"
      values   = [var.account_id]
    }
  }
}

data "aws_iam_policy_document" "this" {
  statement {
    sid       = "Code"
    actions   = ["s3:GetObject", "s3:GetObjectVersion"]
    resources = ["${var.code_bucket_arn}/*"]
  }

  statement {
    sid       = "Key"
    actions   = ["kms:Decrypt"]
    resources = [var.kms_key_arn]
  }

  statement {
    sid       = "Logs"
    actions   = ["logs:DescribeLogStreams", "logs:PutLogEvents"]
    resources = [aws_cloudwatch_log_group.this.arn, "${aws_cloudwatch_log_group.this.arn}:*"]
  }

  statement {
    sid     = "DescribeNetwork"
    actions = ["ec2:DescribeVpcs", "ec2:DescribeSubnets", "ec2:DescribeSecurityGroups", "ec2:DescribeDhcpOptions", "ec2:DescribeNetworkInterfaces"]
    # Reason: EC2's describing actions know no resources.
    resources = ["*"]
  }

  statement {
    sid     = "Network"
    actions = ["ec2:CreateNetworkInterface", "ec2:CreateNetworkInterfacePermission", "ec2:DeleteNetworkInterface"]
    resources = concat(
      ["arn:aws:ec2:${var.region}:${var.account_id}:network-interface/*"],
      ["arn:aws:ec2:${var.region}:${var.account_id}:security-group/${var.security_group_id}"],
      [for id in var.subnet_ids : "arn:aws:ec2:${var.region}:${var.account_id}:subnet/${id}"],
    )
  }

  statement {
    sid       = "Schemas"
    actions   = ["glue:GetSchema", "glue:GetSchemaByDefinition", "glue:GetSchemaVersion"]
    resources = concat([var.registry_arn], var.schema_arns)
  }

  statement {
    sid       = "Describe"
    actions   = ["bedrock:InvokeModel"]
    resources = local.model_arns
  }

  dynamic "statement" {
    for_each = var.cluster_arn[*]

    content {
      sid       = "Cluster"
      actions   = ["kafka-cluster:Connect", "kafka-cluster:DescribeCluster", "kafka-cluster:WriteDataIdempotently"]
      resources = [statement.value]
    }
  }

  dynamic "statement" {
    for_each = var.cluster_arn[*]

    content {
      sid       = "Topics"
      actions   = ["kafka-cluster:DescribeTopic", "kafka-cluster:ReadData", "kafka-cluster:WriteData"]
      resources = local.topic_arns
    }
  }

  dynamic "statement" {
    for_each = var.cluster_arn[*]

    content {
      sid     = "Groups"
      actions = ["kafka-cluster:AlterGroup", "kafka-cluster:DescribeGroup"]
      resources = [
        "${replace(statement.value, ":cluster/", ":group/")}/${var.group_prefix}.*",
      ]
    }
  }

  dynamic "statement" {
    for_each = var.cluster_arn[*]

    content {
      sid       = "Transactions"
      actions   = ["kafka-cluster:AlterTransactionalId", "kafka-cluster:DescribeTransactionalId"]
      resources = ["${replace(statement.value, ":cluster/", ":transactional-id/")}/${var.group_prefix}*"]
    }
  }

  dynamic "statement" {
    for_each = var.search_arn[*]

    content {
      sid       = "Search"
      actions   = ["es:ESHttpGet", "es:ESHttpHead", "es:ESHttpPost", "es:ESHttpPut"]
      resources = ["${statement.value}/*"]
    }
  }
}

resource "aws_iam_role" "this" {
  name               = "${var.name}-flink"
  assume_role_policy = data.aws_iam_policy_document.trust.json
}

resource "aws_iam_role_policy" "this" {
  name   = "run-jobs"
  role   = aws_iam_role.this.id
  policy = data.aws_iam_policy_document.this.json
}
