# Three roles: what the scanner does, what starts its container, what calls it by the clock.

locals {
  service = local.is_ecs ? "ecs-tasks.amazonaws.com" : "lambda.amazonaws.com"
}

data "aws_iam_policy_document" "trust" {
  for_each = { scanner = local.service, schedule = "scheduler.amazonaws.com" }

  statement {
    actions = ["sts:AssumeRole"]

    principals {
      type        = "Service"
      identifiers = [each.value]
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
    sid       = "Schema"
    actions   = ["glue:GetSchema", "glue:GetSchemaByDefinition", "glue:GetSchemaVersion"]
    resources = [var.registry_arn, var.schema_arn]
  }

  statement {
    sid       = "Memory"
    actions   = ["dynamodb:Query", "dynamodb:PutItem", "dynamodb:UpdateItem", "dynamodb:DeleteItem"]
    resources = [var.state_table_arn]
  }

  statement {
    sid       = "Key"
    actions   = ["kms:Decrypt", "kms:GenerateDataKey"]
    resources = [var.kms_key_arn]
  }

  dynamic "statement" {
    for_each = var.cluster_arn[*]

    content {
      sid       = "Cluster"
      actions   = ["kafka-cluster:Connect", "kafka-cluster:WriteDataIdempotently"]
      resources = [statement.value]
    }
  }

  dynamic "statement" {
    for_each = var.cluster_arn[*]

    content {
      sid       = "Topic"
      actions   = ["kafka-cluster:DescribeTopic", "kafka-cluster:WriteData"]
      resources = ["${replace(statement.value, ":cluster/", ":topic/")}/${var.topic}"]
    }
  }

  dynamic "statement" {
    for_each = local.is_ecs ? [] : [aws_cloudwatch_log_group.this.arn]

    content {
      sid       = "Logs"
      actions   = ["logs:CreateLogStream", "logs:PutLogEvents"]
      resources = ["${statement.value}:*"]
    }
  }

  dynamic "statement" {
    for_each = local.is_ecs ? [] : [1]

    content {
      sid     = "Network"
      actions = ["ec2:CreateNetworkInterface", "ec2:DescribeNetworkInterfaces", "ec2:DeleteNetworkInterface"]
      # Reason: Lambda asks for these before its interface, the resource, exists.
      resources = ["*"]
    }
  }
}

resource "aws_iam_role" "this" {
  name               = "${var.name}-scanner"
  assume_role_policy = data.aws_iam_policy_document.trust["scanner"].json
}

resource "aws_iam_role_policy" "this" {
  name   = "scan"
  role   = aws_iam_role.this.id
  policy = data.aws_iam_policy_document.this.json
}

data "aws_iam_policy_document" "execution" {
  count = local.is_ecs ? 1 : 0

  statement {
    sid     = "Login"
    actions = ["ecr:GetAuthorizationToken"]
    # Reason: the token is the account's; the action knows no resource.
    resources = ["*"]
  }

  statement {
    sid       = "Image"
    actions   = ["ecr:BatchCheckLayerAvailability", "ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer"]
    resources = aws_ecr_repository.this[*].arn
  }

  statement {
    sid       = "Logs"
    actions   = ["logs:CreateLogStream", "logs:PutLogEvents"]
    resources = ["${aws_cloudwatch_log_group.this.arn}:*"]
  }
}

resource "aws_iam_role" "execution" {
  count = local.is_ecs ? 1 : 0

  name               = "${var.name}-scanner-start"
  assume_role_policy = data.aws_iam_policy_document.trust["scanner"].json
}

resource "aws_iam_role_policy" "execution" {
  count = local.is_ecs ? 1 : 0

  name   = "start"
  role   = aws_iam_role.execution[0].id
  policy = data.aws_iam_policy_document.execution[0].json
}

data "aws_iam_policy_document" "schedule" {
  statement {
    sid       = "Key"
    actions   = ["kms:Decrypt"]
    resources = [var.kms_key_arn]
  }

  dynamic "statement" {
    for_each = aws_ecs_task_definition.this[*].arn

    content {
      sid       = "RunTask"
      actions   = ["ecs:RunTask"]
      resources = [statement.value]
    }
  }

  dynamic "statement" {
    for_each = local.is_ecs ? [1] : []

    content {
      sid       = "PassRoles"
      actions   = ["iam:PassRole"]
      resources = concat([aws_iam_role.this.arn], aws_iam_role.execution[*].arn)
    }
  }

  dynamic "statement" {
    for_each = aws_lambda_function.this[*].arn

    content {
      sid       = "Invoke"
      actions   = ["lambda:InvokeFunction"]
      resources = [statement.value]
    }
  }
}

resource "aws_iam_role" "schedule" {
  name               = "${var.name}-scanner-schedule"
  assume_role_policy = data.aws_iam_policy_document.trust["schedule"].json
}

resource "aws_iam_role_policy" "schedule" {
  name   = "start-scanner"
  role   = aws_iam_role.schedule.id
  policy = data.aws_iam_policy_document.schedule.json
}
