mock_provider "aws" {
  source = "../../mocks"
}

variables {
  account_id = "111122223333"
  emails     = ["ops@example.org"]
}

run "off_by_default" {
  assert {
    condition     = output.platform.bootstrap_servers == null && output.platform.search_url == null && output.platform.application_names == []
    error_message = "Nothing that costs by the hour until it is asked for."
  }
}

run "everything_on" {
  variables {
    enable_nat_gateway = true
    enable_msk         = true
    enable_opensearch  = true
    enable_flink       = true
    enable_scanner     = true
    admin_role_arn     = "arn:aws:iam::111122223333:role/admin"
    code_key           = "deal-finder-0.zip"
  }

  assert {
    condition     = output.platform.bootstrap_servers != null && output.platform.search_url != null
    error_message = "All parts are there."
  }
}

run "all_on_but_nat_and_scanner" {
  variables {
    enable_nat_gateway = false
    enable_msk         = true
    enable_opensearch  = true
    enable_flink       = true
    enable_scanner     = false
    admin_role_arn     = "arn:aws:iam::111122223333:role/admin"
    code_key           = "deal-finder-0.zip"
  }

  assert {
    condition     = output.platform.bootstrap_servers != null && output.platform.search_url != null && output.platform.flink_role_arn != null && output.platform.scanner_repository_url == null
    error_message = "What is off is not there, what is on is."
  }
}

run "all_on_but_search" {
  variables {
    enable_nat_gateway = true
    enable_msk         = true
    enable_opensearch  = false
    enable_flink       = true
    enable_scanner     = true
    admin_role_arn     = "arn:aws:iam::111122223333:role/admin"
    code_key           = "deal-finder-0.zip"
  }

  assert {
    condition     = output.platform.bootstrap_servers != null && output.platform.search_url == null && output.platform.flink_role_arn != null && output.platform.scanner_repository_url != null
    error_message = "What is off is not there, what is on is."
  }
}

run "all_on_but_jobs" {
  variables {
    enable_nat_gateway = true
    enable_msk         = true
    enable_opensearch  = true
    enable_flink       = false
    enable_scanner     = true
    admin_role_arn     = "arn:aws:iam::111122223333:role/admin"
    code_key           = "deal-finder-0.zip"
  }

  assert {
    condition     = output.platform.bootstrap_servers != null && output.platform.search_url != null && output.platform.flink_role_arn == null && output.platform.scanner_repository_url != null
    error_message = "What is off is not there, what is on is."
  }
}

run "all_on_but_scanner" {
  variables {
    enable_nat_gateway = true
    enable_msk         = true
    enable_opensearch  = true
    enable_flink       = true
    enable_scanner     = false
    admin_role_arn     = "arn:aws:iam::111122223333:role/admin"
    code_key           = "deal-finder-0.zip"
  }

  assert {
    condition     = output.platform.bootstrap_servers != null && output.platform.search_url != null && output.platform.flink_role_arn != null && output.platform.scanner_repository_url == null
    error_message = "What is off is not there, what is on is."
  }
}

run "all_on_but_kafka_and_what_needs_it" {
  variables {
    enable_nat_gateway = true
    enable_msk         = false
    enable_opensearch  = true
    enable_flink       = false
    enable_scanner     = false
    admin_role_arn     = "arn:aws:iam::111122223333:role/admin"
    code_key           = "deal-finder-0.zip"
  }

  assert {
    condition     = output.platform.bootstrap_servers == null && output.platform.search_url != null && output.platform.flink_role_arn == null && output.platform.scanner_repository_url == null
    error_message = "What is off is not there, what is on is."
  }
}

run "only_nat" {
  variables {
    enable_nat_gateway = true
    enable_msk         = false
    enable_opensearch  = false
    enable_flink       = false
    enable_scanner     = false
    admin_role_arn     = "arn:aws:iam::111122223333:role/admin"
    code_key           = "deal-finder-0.zip"
  }

  assert {
    condition     = output.platform.bootstrap_servers == null && output.platform.search_url == null && output.platform.flink_role_arn == null && output.platform.scanner_repository_url == null
    error_message = "What is off is not there, what is on is."
  }
}

run "only_kafka" {
  variables {
    enable_nat_gateway = false
    enable_msk         = true
    enable_opensearch  = false
    enable_flink       = false
    enable_scanner     = false
    admin_role_arn     = "arn:aws:iam::111122223333:role/admin"
    code_key           = "deal-finder-0.zip"
  }

  assert {
    condition     = output.platform.bootstrap_servers != null && output.platform.search_url == null && output.platform.flink_role_arn == null && output.platform.scanner_repository_url == null
    error_message = "What is off is not there, what is on is."
  }
}

run "only_search" {
  variables {
    enable_nat_gateway = false
    enable_msk         = false
    enable_opensearch  = true
    enable_flink       = false
    enable_scanner     = false
    admin_role_arn     = "arn:aws:iam::111122223333:role/admin"
    code_key           = "deal-finder-0.zip"
  }

  assert {
    condition     = output.platform.bootstrap_servers == null && output.platform.search_url != null && output.platform.flink_role_arn == null && output.platform.scanner_repository_url == null
    error_message = "What is off is not there, what is on is."
  }
}

run "only_jobs_and_kafka" {
  variables {
    enable_nat_gateway = false
    enable_msk         = true
    enable_opensearch  = false
    enable_flink       = true
    enable_scanner     = false
    admin_role_arn     = "arn:aws:iam::111122223333:role/admin"
    code_key           = "deal-finder-0.zip"
  }

  assert {
    condition     = output.platform.bootstrap_servers != null && output.platform.search_url == null && output.platform.flink_role_arn != null && output.platform.scanner_repository_url == null
    error_message = "What is off is not there, what is on is."
  }
}

run "only_scanner_kafka_and_nat" {
  variables {
    enable_nat_gateway = true
    enable_msk         = true
    enable_opensearch  = false
    enable_flink       = false
    enable_scanner     = true
    admin_role_arn     = "arn:aws:iam::111122223333:role/admin"
    code_key           = "deal-finder-0.zip"
  }

  assert {
    condition     = output.platform.bootstrap_servers != null && output.platform.search_url == null && output.platform.flink_role_arn == null && output.platform.scanner_repository_url != null
    error_message = "What is off is not there, what is on is."
  }
}
