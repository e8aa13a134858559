mock_provider "aws" {
  source = "../../mocks"
}

variables {
  name       = "deal-finder-test"
  account_id = "111122223333"
  region     = "us-east-1"
  protect    = true
}

run "buckets_are_private_encrypted_and_versioned" {
  assert {
    condition     = toset(keys(aws_s3_bucket.this)) == toset(["data-lake", "models", "backups", "artefacts"])
    error_message = "Four buckets."
  }

  assert {
    condition = alltrue([
      for block in aws_s3_bucket_public_access_block.this :
      block.block_public_acls && block.block_public_policy && block.ignore_public_acls && block.restrict_public_buckets
    ]) && length(aws_s3_bucket_public_access_block.this) == 4
    error_message = "No bucket is public."
  }

  assert {
    condition = alltrue([
      for each in aws_s3_bucket_server_side_encryption_configuration.this :
      one([for rule in each.rule : one(rule.apply_server_side_encryption_by_default).sse_algorithm]) == "aws:kms"
    ]) && length(aws_s3_bucket_server_side_encryption_configuration.this) == 4
    error_message = "Every bucket is encrypted with our key."
  }

  assert {
    condition     = length(aws_s3_bucket_versioning.this) == 4 && length(aws_s3_bucket_policy.tls_only) == 4
    error_message = "Every bucket is versioned and takes TLS only."
  }
}

run "tables_are_on_demand_with_backups" {
  assert {
    condition     = alltrue([for table in aws_dynamodb_table.this : table.billing_mode == "PAY_PER_REQUEST" && one(table.point_in_time_recovery).enabled && table.deletion_protection_enabled])
    error_message = "On demand, point-in-time recovery, protected."
  }

  assert {
    condition     = toset(keys(aws_dynamodb_table.this)) == toset(["deal-state", "agent-state", "user-sessions"])
    error_message = "Three tables."
  }
}

run "dev_can_be_deleted" {
  variables {
    protect = false
  }

  assert {
    condition     = alltrue([for bucket in aws_s3_bucket.this : bucket.force_destroy])
    error_message = "Unprotected buckets go with what is in them."
  }
}
