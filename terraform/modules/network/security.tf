# Who may speak to whom. The groups live here, for they name one another; they cost nothing.

locals {
  groups = {
    flink     = "The Flink applications"
    scanner   = "The feed scanner"
    brokers   = "Kafka brokers"
    search    = "OpenSearch"
    endpoints = "Interface endpoints"
  }
  flows = {
    flink-brokers     = { from = "flink", to = "brokers", port = 9098 }
    flink-search      = { from = "flink", to = "search", port = 443 }
    flink-endpoints   = { from = "flink", to = "endpoints", port = 443 }
    scanner-brokers   = { from = "scanner", to = "brokers", port = 9098 }
    scanner-endpoints = { from = "scanner", to = "endpoints", port = 443 }
  }
  # Feeds are on the open web, some without TLS; the jobs need AWS APIs only.
  web = var.enable_nat_gateway ? {
    flink-https   = { group = "flink", port = 443 }
    scanner-https = { group = "scanner", port = 443 }
    scanner-http  = { group = "scanner", port = 80 }
  } : {}
}

resource "aws_security_group" "this" {
  for_each = local.groups

  name        = "${var.name}-${each.key}"
  description = each.value
  vpc_id      = aws_vpc.this.id
  tags        = { Name = "${var.name}-${each.key}" }
}

resource "aws_vpc_security_group_ingress_rule" "flow" {
  for_each = local.flows

  description                  = each.key
  security_group_id            = aws_security_group.this[each.value.to].id
  referenced_security_group_id = aws_security_group.this[each.value.from].id
  ip_protocol                  = "tcp"
  from_port                    = each.value.port
  to_port                      = each.value.port
}

resource "aws_vpc_security_group_egress_rule" "flow" {
  for_each = local.flows

  description                  = each.key
  security_group_id            = aws_security_group.this[each.value.from].id
  referenced_security_group_id = aws_security_group.this[each.value.to].id
  ip_protocol                  = "tcp"
  from_port                    = each.value.port
  to_port                      = each.value.port
}

resource "aws_vpc_security_group_egress_rule" "gateway" {
  for_each = {
    for pair in setproduct(["flink", "scanner"], ["s3", "dynamodb"]) : join("-", pair) => { group = pair[0], service = pair[1] }
  }

  description       = each.key
  security_group_id = aws_security_group.this[each.value.group].id
  prefix_list_id    = aws_vpc_endpoint.gateway[each.value.service].prefix_list_id
  ip_protocol       = "tcp"
  from_port         = 443
  to_port           = 443
}

resource "aws_vpc_security_group_egress_rule" "web" {
  for_each = local.web

  description       = each.key
  security_group_id = aws_security_group.this[each.value.group].id
  cidr_ipv4         = "0.0.0.0/0"
  ip_protocol       = "tcp"
  from_port         = each.value.port
  to_port           = each.value.port
}

resource "aws_cloudwatch_log_group" "flows" {
  count = var.enable_flow_logs ? 1 : 0

  name              = "/${var.name}/vpc-flows"
  retention_in_days = var.log_retention_days
  kms_key_id        = var.kms_key_arn
}

data "aws_iam_policy_document" "flows_trust" {
  statement {
    actions = ["sts:AssumeRole"]

    principals {
      type        = "Service"
      identifiers = ["vpc-flow-logs.amazonaws.com"]
    }
  }
}

data "aws_iam_policy_document" "flows" {
  count = var.enable_flow_logs ? 1 : 0

  statement {
    actions   = ["logs:CreateLogStream", "logs:PutLogEvents", "logs:DescribeLogStreams"]
    resources = ["${aws_cloudwatch_log_group.flows[0].arn}:*"]
  }
}

resource "aws_iam_role" "flows" {
  count = var.enable_flow_logs ? 1 : 0

  name               = "${var.name}-vpc-flows"
  assume_role_policy = data.aws_iam_policy_document.flows_trust.json
}

resource "aws_iam_role_policy" "flows" {
  count = var.enable_flow_logs ? 1 : 0

  name   = "write-flow-logs"
  role   = aws_iam_role.flows[0].id
  policy = data.aws_iam_policy_document.flows[0].json
}

resource "aws_flow_log" "this" {
  count = var.enable_flow_logs ? 1 : 0

  vpc_id          = aws_vpc.this.id
  traffic_type    = "ALL"
  log_destination = aws_cloudwatch_log_group.flows[0].arn
  iam_role_arn    = aws_iam_role.flows[0].arn
}
