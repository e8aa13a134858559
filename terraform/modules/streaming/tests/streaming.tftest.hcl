mock_provider "aws" {
  source = "../../mocks"
}

variables {
  name              = "deal-finder-test"
  kind              = "provisioned"
  subnet_ids        = ["subnet-a", "subnet-b", "subnet-c"]
  security_group_id = "sg-1"
  kms_key_arn       = "arn:aws:kms:us-east-1:111122223333:key/k"
}

run "provisioned" {
  assert {
    condition     = one(one(aws_msk_cluster.this[0].client_authentication).sasl).iam && !one(aws_msk_cluster.this[0].client_authentication).unauthenticated
    error_message = "IAM only."
  }

  assert {
    condition     = one(one(aws_msk_cluster.this[0].encryption_info).encryption_in_transit).client_broker == "TLS"
    error_message = "TLS only."
  }

  assert {
    condition     = strcontains(aws_msk_configuration.this[0].server_properties, "auto.create.topics.enable=false")
    error_message = "Brokers make no topics by themselves."
  }

  assert {
    condition     = output.bootstrap_servers == "b-1.example.org:9098" && length(aws_msk_serverless_cluster.this) == 0
    error_message = "One cluster, its IAM listeners."
  }
}

run "serverless" {
  variables {
    kind = "serverless"
  }

  assert {
    condition     = length(aws_msk_cluster.this) == 0 && output.bootstrap_servers == "b-1.example.org:9098"
    error_message = "Only the serverless cluster."
  }
}

run "another_kind_is_refused" {
  command = plan

  variables {
    kind = "express"
  }

  expect_failures = [var.kind]
}
