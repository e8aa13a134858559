# The environment: the modules put together. Flags turn off what costs money by the hour.

locals {
  group_prefix = "deal-finder"
  jobs         = concat(["parse_deals", "evaluate_deals"], var.enable_opensearch ? ["index_deals"] : [], ["alert_deals", "summarise_deals"])
  # The topic that each job reads first: its lag is the job's.
  inputs = {
    parse_deals     = "deals.raw"
    evaluate_deals  = "deals.parsed"
    index_deals     = "deals.evaluated"
    alert_deals     = "deals.evaluated"
    summarise_deals = "deals.evaluated"
  }
  runs_in_vpc = var.enable_flink || var.enable_scanner
}

module "storage" {
  source = "../storage"

  name       = var.name
  account_id = var.account_id
  region     = var.region
  protect    = var.is_production
}

module "registry" {
  source = "../registry"

  registry_name = var.name
  schemas_dir   = "${path.module}/../../../schemas"
}

module "network" {
  source = "../network"

  name                       = var.name
  region                     = var.region
  availability_zones         = var.availability_zones
  enable_nat_gateway         = var.enable_nat_gateway
  nat_gateway_per_zone       = var.is_production
  enable_interface_endpoints = local.runs_in_vpc && !var.enable_nat_gateway
  enable_flow_logs           = local.runs_in_vpc
  kms_key_arn                = module.storage.kms_key_arn
}

module "streaming" {
  source = "../streaming"
  count  = var.enable_msk ? 1 : 0

  name                 = var.name
  kind                 = var.streaming_kind
  broker_instance_type = var.broker_instance_type
  subnet_ids           = module.network.private_subnet_ids
  security_group_id    = module.network.security_group_ids["brokers"]
  kms_key_arn          = module.storage.kms_key_arn
}

module "search" {
  source = "../search"
  count  = var.enable_opensearch ? 1 : 0

  name                = var.name
  account_id          = var.account_id
  region              = var.region
  is_highly_available = var.is_production
  instance_type       = var.search_instance_type
  subnet_ids          = module.network.private_subnet_ids
  security_group_id   = module.network.security_group_ids["search"]
  kms_key_arn         = module.storage.kms_key_arn
  admin_role_arn      = var.admin_role_arn
}

module "flink" {
  source = "../flink"
  count  = var.enable_flink ? 1 : 0

  name                = var.name
  account_id          = var.account_id
  region              = var.region
  runtime_environment = var.runtime_environment
  is_started          = var.is_started
  metrics_level       = var.is_production ? "TASK" : "APPLICATION"
  applications = {
    jobs = { parallelism = var.parallelism, property_groups = local.property_groups }
  }
  code_bucket_arn   = module.storage.bucket_arns["artefacts"]
  code_key          = var.code_key
  kms_key_arn       = module.storage.kms_key_arn
  subnet_ids        = module.network.private_subnet_ids
  security_group_id = module.network.security_group_ids["flink"]
  cluster_arn       = one(module.streaming[*].cluster_arn)
  topics            = module.registry.topics
  group_prefix      = local.group_prefix
  registry_arn      = module.registry.registry_arn
  schema_arns       = values(module.registry.schema_arns)
  search_arn        = var.enable_opensearch ? local.search_arn : null
  bedrock_model_id  = var.bedrock_model_id
}

module "scanner" {
  source = "../scanner"
  count  = var.enable_scanner ? 1 : 0

  name              = var.name
  account_id        = var.account_id
  region            = var.region
  kind              = var.scanner_kind
  image_tag         = var.scanner_image_tag
  command           = coalesce(var.scanner_command, local.scan_once)
  package_bucket    = module.storage.bucket_names["artefacts"]
  package_key       = var.scanner_package_key
  state_table_arn   = module.storage.table_arns["agent-state"]
  environment       = var.scanner_kind == "lambda" ? local.scanner_environment : {}
  subnet_ids        = module.network.private_subnet_ids
  security_group_id = module.network.security_group_ids["scanner"]
  kms_key_arn       = module.storage.kms_key_arn
  cluster_arn       = one(module.streaming[*].cluster_arn)
  registry_arn      = module.registry.registry_arn
  schema_arn        = module.registry.schema_arns["deals.raw"]
}

module "monitoring" {
  source = "../monitoring"

  name              = var.name
  region            = var.region
  account_id        = var.account_id
  emails            = var.emails
  kms_key_arn       = module.storage.kms_key_arn
  application_names = var.enable_flink ? ["${var.name}-jobs"] : []
  cluster_name      = one(module.streaming[*].cluster_name)
  consumers         = var.enable_flink ? { for job in local.jobs : "${local.group_prefix}.${job}" => local.inputs[job] } : {}
  search_domain     = var.enable_opensearch ? var.name : null
}

module "budgets" {
  source = "../budgets"

  name                     = var.name
  monthly_limit_usd        = var.monthly_limit_usd
  emails                   = var.emails
  enable_anomaly_detection = var.enable_anomaly_detection
}
