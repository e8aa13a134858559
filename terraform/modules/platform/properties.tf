# The jobs' properties. Groups and keys are those of flink_jobs/config.py; a test holds them to it.

locals {
  search_arn = "arn:aws:es:${var.region}:${var.account_id}:domain/${var.name}"

  property_groups = {
    Jobs = {
      "run" = join(",", local.jobs)
    }
    Kafka = {
      "bootstrap.servers" = one(module.streaming[*].bootstrap_servers)
      "group.prefix"      = local.group_prefix
      "security"          = "MSK_IAM"
      "delivery"          = var.delivery
    }
    Registry = {
      "name"   = module.registry.registry_name
      "region" = var.region
    }
    Parsing = {
      "rates.as.of" = var.rates.as_of
      "rates.usd"   = var.rates.usd
    }
    Pricing = {
      "model.dir" = var.model_dir
      "size"      = var.model_size
    }
    Linking = {
      "max.products" = "50000"
    }
    Search = {
      # Without a domain no job reads it, but the group must be there.
      "url"         = var.enable_opensearch ? one(module.search[*].url) : "https://search.invalid"
      "index"       = "deals"
      "stats.index" = "deal-stats"
      "replicas"    = var.is_production ? "1" : "0"
      "region"      = var.region
    }
    Windows = {
      "tumbling.minutes" = "60"
      "sliding.hours"    = "24"
      "slide.minutes"    = "60"
      "lateness.hours"   = "72"
    }
    Alerts = {
      "memory.days" = "90"
    }
    Bedrock = {
      "model.id"         = var.bedrock_model_id
      "region"           = var.region
      "daily.budget.usd" = tostring(var.bedrock_daily_budget_usd)
    }
    DeadLetters = {
      "max.ratio"       = "0.5"
      "window.records"  = "1000"
      "max.consecutive" = "200"
    }
  }

  scan_once = [
    "python", "-m", "scripts.scan_feeds", "--once",
    "--bootstrap-servers", coalesce(one(module.streaming[*].bootstrap_servers), "none.invalid:9098"),
    "--registry", var.name,
    "--region", var.region,
    "--security", "MSK_IAM",
    "--log-format", "json",
    "--config", "feeds.toml",
    "--state-table", module.storage.table_names["agent-state"],
  ]

  # What scripts/scanner/function.py reads.
  scanner_environment = {
    BOOTSTRAP_SERVERS = coalesce(one(module.streaming[*].bootstrap_servers), "none.invalid:9098")
    REGISTRY          = var.name
    STATE_TABLE       = module.storage.table_names["agent-state"]
  }
}
