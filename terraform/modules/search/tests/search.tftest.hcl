mock_provider "aws" {
  source = "../../mocks"
}

variables {
  name                = "deal-finder-test"
  account_id          = "111122223333"
  region              = "us-east-1"
  is_highly_available = false
  subnet_ids          = ["subnet-a", "subnet-b", "subnet-c"]
  security_group_id   = "sg-1"
  kms_key_arn         = "arn:aws:kms:us-east-1:111122223333:key/k"
  admin_role_arn      = "arn:aws:iam::111122223333:role/admin"
}

run "single_node" {
  assert {
    condition     = one(aws_opensearch_domain.this.cluster_config).instance_count == 1 && length(one(aws_opensearch_domain.this.vpc_options).subnet_ids) == 1
    error_message = "One node in one subnet."
  }

  assert {
    condition = (
      one(aws_opensearch_domain.this.encrypt_at_rest).enabled
      && one(aws_opensearch_domain.this.node_to_node_encryption).enabled
      && one(aws_opensearch_domain.this.domain_endpoint_options).enforce_https
      && one(aws_opensearch_domain.this.advanced_security_options).enabled
      && !one(aws_opensearch_domain.this.advanced_security_options).anonymous_auth_enabled
    )
    error_message = "Encrypted at rest and on the way, fine-grained access."
  }
}

run "highly_available" {
  variables {
    is_highly_available = true
  }

  assert {
    condition = (
      one(aws_opensearch_domain.this.cluster_config).instance_count == 3
      && one(aws_opensearch_domain.this.cluster_config).dedicated_master_count == 3
      && length(one(aws_opensearch_domain.this.vpc_options).subnet_ids) == 3
    )
    error_message = "Three data nodes and three masters in three zones."
  }
}

run "a_long_name_is_refused" {
  command = plan

  variables {
    name = "a-name-that-is-longer-than-the-service-takes"
  }

  expect_failures = [var.name]
}
