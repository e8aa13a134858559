mock_provider "aws" {
  source = "../../mocks"
}

variables {
  name               = "deal-finder-test"
  account_id         = "111122223333"
  region             = "us-east-1"
  availability_zones = ["us-east-1a", "us-east-1b", "us-east-1c"]
  is_production      = false
  enable_nat_gateway = true
  enable_msk         = true
  enable_opensearch  = true
  enable_flink       = true
  enable_scanner     = true
  code_key           = "deal-finder-0.zip"
  parallelism        = 1
  streaming_kind     = "provisioned"
  admin_role_arn     = "arn:aws:iam::111122223333:role/admin"
  emails             = ["ops@example.org"]
  monthly_limit_usd  = 150
}

run "everything_on" {
  assert {
    condition     = local.property_groups.Jobs.run == "parse_deals,evaluate_deals,index_deals,alert_deals,summarise_deals"
    error_message = "All jobs."
  }

  assert {
    condition     = local.property_groups.Kafka["bootstrap.servers"] == "b-1.example.org:9098" && local.property_groups.Search.url == "https://vpc-search.example.org"
    error_message = "The jobs find Kafka and OpenSearch."
  }
}

run "everything_off" {
  variables {
    enable_nat_gateway = false
    enable_msk         = false
    enable_opensearch  = false
    enable_flink       = false
    enable_scanner     = false
    code_key           = null
  }

  assert {
    condition     = length(module.streaming) + length(module.search) + length(module.flink) + length(module.scanner) == 0
    error_message = "Nothing that costs by the hour."
  }

  assert {
    condition     = output.bootstrap_servers == null && output.search_url == null && output.application_names == []
    error_message = "Outputs of what is off are empty."
  }
}

run "without_search_no_job_writes_to_it" {
  variables {
    enable_opensearch = false
  }

  assert {
    condition     = local.property_groups.Jobs.run == "parse_deals,evaluate_deals,alert_deals,summarise_deals" && output.search_url == null
    error_message = "index_deals needs OpenSearch."
  }
}

run "without_jobs" {
  variables {
    enable_flink = false
  }

  assert {
    condition     = output.flink_role_arn == null
    error_message = "No jobs, no role."
  }
}

run "without_scanner_and_nat" {
  variables {
    enable_scanner     = false
    enable_nat_gateway = false
  }

  assert {
    condition     = output.scanner_repository_url == null
    error_message = "No scanner."
  }
}

run "production_serverless_and_lambda" {
  variables {
    is_production       = true
    streaming_kind      = "serverless"
    scanner_kind        = "lambda"
    scanner_package_key = "deal-finder-scanner-0.zip"
  }

  assert {
    condition     = local.property_groups.Search.replicas == "1"
    error_message = "A copy of each shard where there are nodes for it."
  }
}

run "jobs_without_kafka_are_refused" {
  command = plan

  variables {
    enable_msk     = false
    enable_scanner = false
  }

  expect_failures = [var.enable_flink]
}

run "jobs_without_a_package_are_refused" {
  command = plan

  variables {
    code_key = null
  }

  expect_failures = [var.enable_flink]
}

run "a_scanner_without_the_web_is_refused" {
  command = plan

  variables {
    enable_nat_gateway = false
  }

  expect_failures = [var.enable_scanner]
}

run "search_without_an_administrator_is_refused" {
  command = plan

  variables {
    admin_role_arn = null
  }

  expect_failures = [var.admin_role_arn]
}
