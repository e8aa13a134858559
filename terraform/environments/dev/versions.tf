terraform {
  required_version = ">= 1.10"

  # Bucket and key come from backend.hcl, which terraform/bootstrap prints.
  backend "s3" {
    key = "dev/terraform.tfstate"
  }

  required_providers {
    aws = {
      source = "hashicorp/aws"
      # The first that knows runtime FLINK-2_2.
      version = ">= 6.40"
    }
  }
}
