mock_provider "aws" {
  source = "../mocks"
}

variables {
  region = "us-east-1"
  bucket = "deal-finder-state-111122223333"
}

run "the_state_is_private_versioned_and_locked" {
  assert {
    condition     = aws_s3_bucket_public_access_block.state.block_public_policy && one(aws_s3_bucket_versioning.state.versioning_configuration).status == "Enabled"
    error_message = "Private and versioned."
  }

  assert {
    condition     = strcontains(output.backend, "use_lockfile = true")
    error_message = "Two runs at once must not both write."
  }
}
