terraform {
  required_version = ">= 1.10"

  required_providers {
    aws = {
      source = "hashicorp/aws"
      # The first that knows runtime FLINK-2_2.
      version = ">= 6.40"
    }
  }
}
