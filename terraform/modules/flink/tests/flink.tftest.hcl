mock_provider "aws" {
  source = "../../mocks"
}

variables {
  name              = "deal-finder-test"
  account_id        = "111122223333"
  region            = "us-east-1"
  code_bucket_arn   = "arn:aws:s3:::b"
  code_key          = "deal-finder-0.zip"
  kms_key_arn       = "arn:aws:kms:us-east-1:111122223333:key/k"
  subnet_ids        = ["subnet-a", "subnet-b", "subnet-c"]
  security_group_id = "sg-1"
  cluster_arn       = "arn:aws:kafka:us-east-1:111122223333:cluster/c/u-1"
  topics            = ["deals.raw"]
  group_prefix      = "deal-finder"
  registry_arn      = "arn:aws:glue:us-east-1:111122223333:registry/r"
  schema_arns       = ["arn:aws:glue:us-east-1:111122223333:schema/r/deals.raw"]
  bedrock_model_id  = "us.anthropic.claude-haiku-4-5-20251001-v1:0"
  applications = {
    jobs = { parallelism = 2, property_groups = { Jobs = { run = "parse_deals" }, Kafka = { security = "MSK_IAM" } } }
  }
}

run "the_service_gets_entry_point_and_properties" {
  assert {
    condition = jsonencode({
      for group in one(one(aws_kinesisanalyticsv2_application.this["jobs"].application_configuration).environment_properties).property_group :
      group.property_group_id => group.property_map
      }) == jsonencode({
      "kinesis.analytics.flink.run.options" = { python = "main.py", jarfile = "lib/pyflink-dependencies.jar", pyFiles = "dep/" }
      Jobs                                  = { run = "parse_deals" }
      Kafka                                 = { security = "MSK_IAM" }
    })
    error_message = "The service's group and ours."
  }

  assert {
    condition     = one(one(aws_kinesisanalyticsv2_application.this["jobs"].application_configuration).application_snapshot_configuration).snapshots_enabled
    error_message = "Snapshots are what a rollback goes back to."
  }
}

run "topics_are_named_as_iam_names_them" {
  assert {
    condition = tolist(local.topic_arns) == tolist([
      "arn:aws:kafka:us-east-1:111122223333:topic/c/u-1/deals.raw",
      "arn:aws:kafka:us-east-1:111122223333:topic/c/u-1/shadow.deals.raw",
    ])
    error_message = "cluster -> topic in the ARN, and the topic of a trial beside it."
  }

  assert {
    condition = local.model_arns == [
      "arn:aws:bedrock:*::foundation-model/anthropic.claude-haiku-4-5-20251001-v1:0",
      "arn:aws:bedrock:us-east-1:111122223333:inference-profile/us.anthropic.claude-haiku-4-5-20251001-v1:0",
    ]
    error_message = "A profile needs itself and its model in the regions behind it."
  }
}

run "started_from_the_latest_snapshot" {
  variables {
    is_started = true
  }

  assert {
    condition     = aws_kinesisanalyticsv2_application.this["jobs"].start_application
    error_message = "Started."
  }
}

run "without_kafka_and_search_of_ours" {
  variables {
    cluster_arn = null
    search_arn  = null
  }

  assert {
    condition     = length(local.topic_arns) == 0
    error_message = "No rights on what is not there."
  }
}

run "another_runtime_is_refused" {
  command = plan

  variables {
    runtime_environment = "SPARK-3"
  }

  expect_failures = [var.runtime_environment]
}
