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
    condition     = length(output.alarm_names) == length(local.application_alarms) + length(local.search_alarms) + 1
    error_message = "An alarm for each metric of each part."
  }

  assert {
    condition     = alltrue([for alarm in aws_cloudwatch_metric_alarm.application : contains(alarm.alarm_actions, aws_sns_topic.alarms.arn)])
    error_message = "Every alarm tells someone."
  }
}
