mock_provider "aws" {
  source = "../../mocks"
}

variables {
  name        = "deal-finder-test"
  region      = "us-east-1"
  account_id  = "111122223333"
  emails      = ["ops@example.org"]
  kms_key_arn = "arn:aws:kms:us-east-1:111122223333:key/k"
}

run "what_is_off_has_no_alarms" {
  assert {
    condition     = length(output.alarm_names) == 0 && length(aws_cloudwatch_dashboard.this) == 0
    error_message = "Nothing to watch, nothing to pay."
  }
}

run "everything_on" {
  variables {
    application_names = ["deal-finder-test-jobs"]
    cluster_name      = "deal-finder-test"
    consumers         = { "deal-finder.parse_deals" = "deals.raw" }
    search_domain     = "deal-finder-test"
  }

  assert {
    condition     = length(output.alarm_names) == length(local.alarms)
    error_message = "One thing of each part: an alarm for each definition."
  }

  assert {
    condition     = alltrue([for alarm in aws_cloudwatch_metric_alarm.this : contains(alarm.alarm_actions, aws_sns_topic.alarms.arn)])
    error_message = "Every alarm tells someone."
  }

  assert {
    condition     = alltrue([for alarm in aws_cloudwatch_metric_alarm.this : length([for query in alarm.metric_query : query if query.return_data]) == 1])
    error_message = "Each alarm is on one series."
  }

  assert {
    condition     = alltrue([for alarm in aws_cloudwatch_metric_alarm.this : alltrue([for query in alarm.metric_query : query.expression == null ? true : !strcontains(query.expression, "APPLICATION") && !strcontains(query.expression, "CLUSTER")])])
    error_message = "The names stand in the queries."
  }

  assert {
    condition     = length(jsondecode(aws_cloudwatch_dashboard.this[0].dashboard_body).widgets) == length(local.alarms) + length(local.watched_widgets)
    error_message = "The dashboard shows what is watched."
  }
}

run "two_applications_have_alarms_of_their_own" {
  variables {
    application_names = ["deal-finder-test-a", "deal-finder-test-b"]
  }

  assert {
    condition     = length(output.alarm_names) == 2 * length([for alarm in local.alarms : alarm if alarm.part == "application"])
    error_message = "An alarm of each kind for each application."
  }
}
