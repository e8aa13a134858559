variable "name" {
  description = "Prefix of all names, e.g. deal-finder-dev."
  type        = string

  validation {
    condition     = can(regex("^[a-z][a-z0-9-]{2,19}$", var.name))
    error_message = "A name has 3 to 20 small letters, digits and hyphens."
  }
}

variable "account_id" {
  description = "The account that all this is in."
  type        = string
}

variable "region" {
  description = "AWS region."
  type        = string
}

variable "availability_zones" {
  description = "Three zones of the region."
  type        = list(string)
}

variable "is_production" {
  description = "Sizes, redundancy and protection from deletion."
  type        = bool
}

variable "enable_nat_gateway" {
  description = "Way to the internet: the scanner needs it."
  type        = bool
}

variable "enable_msk" {
  description = "Kafka."
  type        = bool
}

variable "enable_opensearch" {
  description = "The search index; without it the job index_deals does not run."
  type        = bool
}

variable "enable_flink" {
  description = "The jobs."
  type        = bool

  validation {
    condition     = !var.enable_flink || var.enable_msk
    error_message = "enable_flink needs enable_msk: the jobs read from Kafka."
  }

  validation {
    condition     = !var.enable_flink || var.code_key != null
    error_message = "enable_flink needs code_key: upload the package first (docs/deploy.md)."
  }
}

variable "enable_scanner" {
  description = "The feed scanner."
  type        = bool

  validation {
    condition     = !var.enable_scanner || (var.enable_msk && var.enable_nat_gateway)
    error_message = "enable_scanner needs enable_msk and enable_nat_gateway: it reads the web and writes to Kafka."
  }
}

variable "runtime_environment" {
  description = "Flink of the service; an older provider does not know FLINK-2_2."
  type        = string
  default     = "FLINK-2_2"
}

variable "code_key" {
  description = "Object of the package in the artefacts bucket."
  type        = string
  default     = null
}

variable "is_started" {
  description = "Whether terraform starts the applications."
  type        = bool
  default     = false
}

variable "parallelism" {
  description = "Subtasks of the application."
  type        = number
}

variable "streaming_kind" {
  description = "provisioned or serverless."
  type        = string
}

variable "broker_instance_type" {
  description = "Of a provisioned cluster."
  type        = string
  default     = "kafka.t3.small"
}

variable "search_instance_type" {
  description = "Of the data nodes."
  type        = string
  default     = "t3.small.search"
}

variable "admin_role_arn" {
  description = "The role that administers OpenSearch."
  type        = string
  default     = null

  validation {
    condition     = !var.enable_opensearch || var.admin_role_arn != null
    error_message = "enable_opensearch needs admin_role_arn: the role that maps the jobs' role."
  }
}

variable "scanner_kind" {
  description = "ecs or lambda."
  type        = string
  default     = "ecs"
}

variable "scanner_image_tag" {
  description = "Tag of the scanner's image."
  type        = string
  default     = "v1"
}

variable "scanner_package_key" {
  description = "For scanner_kind lambda: its zip in the artefacts bucket."
  type        = string
  default     = null
}

variable "scanner_command" {
  description = "What the scanner's image runs; null: one scan of all feeds."
  type        = list(string)
  default     = null
}

variable "rates" {
  description = "Exchange rates: the day they are of, and USD for one unit as EUR=1.16,GBP=1.31."
  type        = object({ as_of = string, usd = string })
  default = {
    as_of = "2026-11-20"
    usd   = "USD=1,EUR=1.16,GBP=1.31,AUD=0.65,CAD=0.71,NZD=0.57,CHF=1.24,SEK=0.105,NOK=0.098,DKK=0.155,PLN=0.273,CZK=0.048,HUF=0.0030,JPY=0.0064,INR=0.0113,MXN=0.054,BRL=0.188,SGD=0.766,HKD=0.128"
  }
}

variable "model_dir" {
  description = "Folder of the fair-price model in the package."
  type        = string
  default     = "models/fair-price-v2"
}

variable "model_size" {
  description = "fast, or accurate at a fifth of the speed: see the card of the model."
  type        = string
  default     = "fast"

  validation {
    condition     = contains(["fast", "accurate"], var.model_size)
    error_message = "model_size is fast or accurate."
  }
}

variable "delivery" {
  description = "at-least-once or exactly-once sinks."
  type        = string
  default     = "at-least-once"
}

variable "bedrock_model_id" {
  description = "Model or inference profile that describes alerts."
  type        = string
  default     = "us.anthropic.claude-haiku-4-5-20251001-v1:0"
}

variable "bedrock_daily_budget_usd" {
  description = "Spending of one task in a day."
  type        = number
  default     = 5
}

variable "emails" {
  description = "Who hears of alarms and money."
  type        = list(string)
}

variable "monthly_limit_usd" {
  description = "What a month may cost."
  type        = number
}

variable "enable_anomaly_detection" {
  description = "Watch the account's costs for what is unusual."
  type        = bool
  default     = true
}
