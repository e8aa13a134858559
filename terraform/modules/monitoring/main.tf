# Alarms and one dashboard for what is there; what is off costs nothing here.

# What is watched, and when it speaks: alarms.tf.json, made from scripts/infra/alarms.py.

locals {
  parts = {
    application = {
      for name in var.application_names : name => {
        names      = { APPLICATION = name }
        dimensions = { Application = name }
      }
    }
    consumer = {
      for group, topic in var.cluster_name == null ? {} : var.consumers : "${var.name}-${group}" => {
        names      = {}
        dimensions = { "Cluster Name" = var.cluster_name, "Consumer Group" = group, Topic = topic }
      }
    }
    cluster = {
      for cluster in var.cluster_name[*] : "${var.name}" => {
        names      = { CLUSTER = cluster }
        dimensions = { "Cluster Name" = cluster }
      }
    }
    search = {
      for domain in var.search_domain[*] : "${var.name}" => {
        names      = {}
        dimensions = { DomainName = domain, ClientId = var.account_id }
      }
    }
  }
  # An alarm for each thing that is there.
  instances = merge([
    for alarm_name, alarm in local.alarms : {
      for thing_name, thing in local.parts[alarm.part] : "${thing_name}-${alarm_name}" => {
        alarm      = alarm
        page       = alarm_name
        dimensions = thing.dimensions
        queries = [
          for query in alarm.queries : merge(query, {
            expression = replace(replace(query.expression, "APPLICATION", lookup(thing.names, "APPLICATION", "")), "CLUSTER", lookup(thing.names, "CLUSTER", ""))
          })
        ]
      }
    }
  ]...)
  # The dashboard: a widget for each alarm, with its threshold, then what is only looked at.
  alarm_widgets = [
    for name, instance in local.instances : {
      title      = name
      period     = instance.alarm.period
      thresholds = [instance.alarm.threshold]
      metrics = [
        for index, query in instance.queries : query.metric == "" ? jsonencode([
          { id = query.id, expression = query.expression, label = query.id, visible = index == length(instance.queries) - 1 }
          ]) : jsonencode(concat(
          [instance.alarm.namespace, query.metric],
          flatten([for key, value in instance.dimensions : [key, value]]),
          [{ id = query.id, stat = query.stat, visible = index == length(instance.queries) - 1 }],
        ))
      ]
    }
  ]
  plain_widgets = [
    for pair in setproduct(var.application_names, local.watched_widgets) : {
      title      = "${pair[0]}: ${pair[1].title}"
      period     = 60
      thresholds = []
      metrics    = [jsonencode([{ id = "q1", expression = replace(pair[1].expression, "APPLICATION", pair[0]) }])]
    }
  ]
  widgets = concat(local.alarm_widgets, local.plain_widgets)
}

resource "aws_sns_topic" "alarms" {
  name              = "${var.name}-alarms"
  kms_master_key_id = var.kms_key_arn
}

data "aws_iam_policy_document" "alarms" {
  statement {
    sid       = "CloudWatch"
    actions   = ["sns:Publish"]
    resources = [aws_sns_topic.alarms.arn]

    principals {
      type        = "Service"
      identifiers = ["cloudwatch.amazonaws.com"]
    }

    condition {
      test     = "StringEquals"
      variable = "aws:SourceAccount"
      values   = [var.account_id]
    }
  }
}

resource "aws_sns_topic_policy" "alarms" {
  arn    = aws_sns_topic.alarms.arn
  policy = data.aws_iam_policy_document.alarms.json
}

resource "aws_sns_topic_subscription" "mail" {
  for_each = toset(var.emails)

  topic_arn = aws_sns_topic.alarms.arn
  protocol  = "email"
  endpoint  = each.key
}

resource "aws_cloudwatch_metric_alarm" "this" {
  for_each = local.instances

  alarm_name          = each.key
  alarm_description   = "${each.value.alarm.meaning} Page: docs/runbooks/${each.value.page}.md"
  comparison_operator = each.value.alarm.operator
  threshold           = each.value.alarm.threshold
  evaluation_periods  = each.value.alarm.periods
  treat_missing_data  = each.value.alarm.missing
  alarm_actions       = [aws_sns_topic.alarms.arn]
  ok_actions          = [aws_sns_topic.alarms.arn]

  dynamic "metric_query" {
    for_each = each.value.queries

    content {
      id          = metric_query.value.id
      expression  = metric_query.value.expression == "" ? null : metric_query.value.expression
      period      = startswith(metric_query.value.expression, "SELECT") ? each.value.alarm.period : null
      label       = metric_query.value.id
      return_data = metric_query.key == length(each.value.queries) - 1

      dynamic "metric" {
        for_each = metric_query.value.metric == "" ? [] : [metric_query.value]

        content {
          namespace   = each.value.alarm.namespace
          metric_name = metric.value.metric
          stat        = metric.value.stat
          period      = each.value.alarm.period
          dimensions  = each.value.dimensions
        }
      }
    }
  }
}

resource "aws_cloudwatch_dashboard" "this" {
  count = length(var.application_names) > 0 ? 1 : 0

  dashboard_name = var.name
  dashboard_body = jsonencode({
    widgets = [
      for index, widget in local.widgets : {
        type   = "metric"
        x      = 8 * (index % 3)
        y      = 6 * floor(index / 3)
        width  = 8
        height = 6
        properties = {
          title       = widget.title
          region      = var.region
          period      = widget.period
          metrics     = [for metric in widget.metrics : jsondecode(metric)]
          annotations = { horizontal = [for threshold in widget.thresholds : { label = "alarm", value = threshold }] }
        }
      }
    ]
  })
}
