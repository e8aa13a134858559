# Development: single nodes, no protection from deletion, everything off until asked for.

provider "aws" {
  region              = var.region
  allowed_account_ids = [var.account_id]

  default_tags {
    tags = { Project = "deal-finder", Environment = local.name, ManagedBy = "terraform" }
  }
}

locals {
  name = "deal-finder-dev"
}

module "platform" {
  source = "../../modules/platform"

  name               = local.name
  account_id         = var.account_id
  region             = var.region
  availability_zones = [for letter in ["a", "b", "c"] : "${var.region}${letter}"]
  is_production      = false

  enable_nat_gateway = var.enable_nat_gateway
  enable_msk         = var.enable_msk
  enable_opensearch  = var.enable_opensearch
  enable_flink       = var.enable_flink
  enable_scanner     = var.enable_scanner

  runtime_environment      = var.runtime_environment
  code_key                 = var.code_key
  is_started               = var.is_started
  parallelism              = 1
  streaming_kind           = "provisioned"
  broker_instance_type     = "kafka.t3.small"
  search_instance_type     = "t3.small.search"
  delivery                 = "at-least-once"
  admin_role_arn           = var.admin_role_arn
  scanner_kind             = var.scanner_kind
  scanner_image_tag        = var.scanner_image_tag
  scanner_command          = var.scanner_command
  scanner_package_key      = var.scanner_package_key
  emails                   = var.emails
  monthly_limit_usd        = 150
  enable_anomaly_detection = true
}

output "platform" {
  description = "What docs/deploy.md needs: bucket, brokers, URL, roles, names."
  value       = module.platform
}
