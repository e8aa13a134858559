# Alarms and one dashboard for what is there; what is off costs nothing here.

locals {
  # Metrics of AWS/KinesisAnalytics by application. A test holds their names to the service's list.
  application_alarms = {
    not-running = {
      metric  = "uptime", statistic = "Minimum", operator = "LessThanThreshold", threshold = 1
      periods = 5, missing = "breaching"
      meaning = "The job does not run."
    }
    restarting = {
      metric  = "fullRestarts", statistic = "Maximum", operator = "GreaterThanThreshold", threshold = 3
      periods = 1, missing = "notBreaching"
      meaning = "The job restarted again and again since it was started."
    }
    checkpoints-failing = {
      metric  = "numberOfFailedCheckpoints", statistic = "Maximum", operator = "GreaterThanThreshold", threshold = 3
      periods = 1, missing = "notBreaching"
      meaning = "Checkpoints fail: a restart would go far back."
    }
    checkpoints-slow = {
      metric  = "lastCheckpointDuration", statistic = "Maximum", operator = "GreaterThanThreshold", threshold = 60000
      periods = 5, missing = "notBreaching"
      meaning = "A checkpoint takes longer than the time between two, in ms."
    }
    memory = {
      metric  = "heapMemoryUtilization", statistic = "Maximum", operator = "GreaterThanThreshold", threshold = 90
      periods = 10, missing = "notBreaching"
      meaning = "The heap is almost full, in percent."
    }
    cpu = {
      metric  = "containerCPUUtilization", statistic = "Average", operator = "GreaterThanThreshold", threshold = 85
      periods = 15, missing = "notBreaching"
      meaning = "CPU use in percent: more KPUs are wanted, or autoscaling is at its limit."
    }
  }
  watched = {
    for pair in setproduct(var.application_names, keys(local.application_alarms)) :
    "${pair[0]}-${pair[1]}" => merge({ application = pair[0] }, local.application_alarms[pair[1]])
  }
  search_alarms = {
    red          = { metric = "ClusterStatus.red", statistic = "Maximum", operator = "GreaterThanOrEqualToThreshold", threshold = 1, meaning = "An index has lost a primary shard." }
    disk         = { metric = "FreeStorageSpace", statistic = "Minimum", operator = "LessThanThreshold", threshold = 4096, meaning = "Little disk is free on a node, in MB." }
    write-blocks = { metric = "ClusterIndexWritesBlocked", statistic = "Maximum", operator = "GreaterThanOrEqualToThreshold", threshold = 1, meaning = "OpenSearch refuses writes." }
  }
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

resource "aws_cloudwatch_metric_alarm" "application" {
  for_each = local.watched

  alarm_name          = each.key
  alarm_description   = each.value.meaning
  namespace           = "AWS/KinesisAnalytics"
  metric_name         = each.value.metric
  dimensions          = { Application = each.value.application }
  statistic           = each.value.statistic
  comparison_operator = each.value.operator
  threshold           = each.value.threshold
  period              = 60
  evaluation_periods  = each.value.periods
  treat_missing_data  = each.value.missing
  alarm_actions       = [aws_sns_topic.alarms.arn]
  ok_actions          = [aws_sns_topic.alarms.arn]
}

resource "aws_cloudwatch_metric_alarm" "lag" {
  for_each = var.cluster_name == null ? {} : var.consumers

  alarm_name          = "${var.name}-${each.key}-behind"
  alarm_description   = "The group is more than 10 minutes behind ${each.value}."
  namespace           = "AWS/Kafka"
  metric_name         = "EstimatedMaxTimeLag"
  dimensions          = { "Cluster Name" = var.cluster_name, "Consumer Group" = each.key, Topic = each.value }
  statistic           = "Maximum"
  comparison_operator = "GreaterThanThreshold"
  threshold           = 600
  period              = 60
  evaluation_periods  = 10
  treat_missing_data  = "notBreaching"
  alarm_actions       = [aws_sns_topic.alarms.arn]
  ok_actions          = [aws_sns_topic.alarms.arn]
}

resource "aws_cloudwatch_metric_alarm" "search" {
  for_each = var.search_domain == null ? {} : local.search_alarms

  alarm_name          = "${var.name}-search-${each.key}"
  alarm_description   = each.value.meaning
  namespace           = "AWS/ES"
  metric_name         = each.value.metric
  dimensions          = { DomainName = var.search_domain, ClientId = var.account_id }
  statistic           = each.value.statistic
  comparison_operator = each.value.operator
  threshold           = each.value.threshold
  period              = 60
  evaluation_periods  = 5
  treat_missing_data  = "notBreaching"
  alarm_actions       = [aws_sns_topic.alarms.arn]
  ok_actions          = [aws_sns_topic.alarms.arn]
}

resource "aws_cloudwatch_dashboard" "this" {
  count = length(var.application_names) > 0 ? 1 : 0

  dashboard_name = var.name
  dashboard_body = jsonencode({
    widgets = [
      for index, key in keys(local.application_alarms) : {
        type   = "metric"
        x      = 8 * (index % 3)
        y      = 6 * floor(index / 3)
        width  = 8
        height = 6
        properties = {
          title   = local.application_alarms[key].metric
          region  = var.region
          stat    = local.application_alarms[key].statistic
          period  = 60
          metrics = [for name in var.application_names : ["AWS/KinesisAnalytics", local.application_alarms[key].metric, "Application", name]]
        }
      }
    ]
  })
}
