# Production: three of everything, protected from deletion.

provider "aws" {
  region              = var.region
  allowed_account_ids = [var.account_id]

  default_tags {
    tags = { Project = "deal-finder", Environment = local.name, ManagedBy = "terraform" }
  }
}

locals {
  name = "deal-finder-prod"
}

module "platform" {
  source = "../../modules/platform"

  name               = local.name
  account_id         = var.account_id
  region             = var.region
  availability_zones = [for letter in ["a", "b", "c"] : "${var.region}${letter}"]
  is_production      = true

  enable_nat_gateway = var.enable_nat_gateway
  enable_msk         = var.enable_msk
  enable_opensearch  = var.enable_opensearch
  enable_flink       = var.enable_flink
  enable_scanner     = var.enable_scanner

  runtime_environment      = var.runtime_environment
  code_key                 = var.code_key
  is_started               = var.is_started
  parallelism              = 4
  streaming_kind           = "provisioned"
  broker_instance_type     = "kafka.m7g.large"
  search_instance_type     = "r7g.large.search"
  delivery                 = "exactly-once"
  admin_role_arn           = var.admin_role_arn
  scanner_kind             = var.scanner_kind
  scanner_image_tag        = var.scanner_image_tag
  scanner_command          = var.scanner_command
  scanner_package_key      = var.scanner_package_key
  emails                   = var.emails
  monthly_limit_usd        = 2500
  enable_anomaly_detection = false # The monitor of an account watches all of it; dev has it.
}

output "platform" {
  description = "What docs/deploy.md needs: bucket, brokers, URL, roles, names."
  value       = module.platform
}
