output "alarm_topic_arn" {
  description = "Alarms are published here."
  value       = aws_sns_topic.alarms.arn
}

output "alarm_names" {
  description = "All alarms."
  value = concat(
    [for alarm in aws_cloudwatch_metric_alarm.application : alarm.alarm_name],
    [for alarm in aws_cloudwatch_metric_alarm.lag : alarm.alarm_name],
    [for alarm in aws_cloudwatch_metric_alarm.search : alarm.alarm_name],
  )
}
