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
