mock_provider "aws" {
  source = "../../mocks"
}

variables {
  name              = "deal-finder-test"
  account_id        = "111122223333"
  region            = "us-east-1"
  kind              = "ecs"
  image_tag         = "v1"
  command           = ["python", "-m", "scripts.scan_feeds", "--once"]
  subnet_ids        = ["subnet-a", "subnet-b", "subnet-c"]
  security_group_id = "sg-1"
  kms_key_arn       = "arn:aws:kms:us-east-1:111122223333:key/k"
  cluster_arn       = "arn:aws:kafka:us-east-1:111122223333:cluster/c/u-1"
  registry_arn      = "arn:aws:glue:us-east-1:111122223333:registry/r"
  state_table_arn   = "arn:aws:dynamodb:us-east-1:111122223333:table/deal-finder-test-agent-state"
  schema_arn        = "arn:aws:glue:us-east-1:111122223333:schema/r/deals.raw"
}

run "a_task" {
  assert {
    condition     = length(aws_ecs_task_definition.this) == 1 && length(aws_lambda_function.this) == 0
    error_message = "Only the task."
  }

  assert {
    condition     = !one(one(one(aws_scheduler_schedule.this.target).ecs_parameters).network_configuration).assign_public_ip
    error_message = "No public address."
  }
}

run "a_function" {
  variables {
    kind           = "lambda"
    package_bucket = "artefacts"
    package_key    = "deal-finder-scanner-0.zip"
  }

  assert {
    condition     = length(aws_lambda_function.this) == 1 && length(aws_ecs_cluster.this) == 0
    error_message = "Only the function."
  }

  assert {
    condition     = aws_lambda_function.this[0].s3_key == "deal-finder-scanner-0.zip" && aws_lambda_function.this[0].package_type == "Zip"
    error_message = "Of the zip that was uploaded."
  }

  assert {
    condition     = length(aws_ecr_repository.this) == 0
    error_message = "No image, no repository."
  }

  assert {
    condition     = aws_lambda_function.this[0].reserved_concurrent_executions == 1
    error_message = "One at a time."
  }
}

run "a_function_without_a_package_is_refused" {
  command = plan

  variables {
    kind = "lambda"
  }

  expect_failures = [aws_lambda_function.this]
}

run "images_do_not_change" {
  assert {
    condition     = aws_ecr_repository.this[0].image_tag_mutability == "IMMUTABLE"
    error_message = "A tag is one image."
  }
}
