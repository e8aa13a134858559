variable "account_id" {
  description = "The AWS account; another one is refused."
  type        = string
}

variable "region" {
  description = "AWS region."
  type        = string
  default     = "us-east-1"
}

variable "emails" {
  description = "Who hears of alarms and money."
  type        = list(string)
}

variable "enable_nat_gateway" {
  description = "Way to the internet for private subnets."
  type        = bool
  default     = false
}

variable "enable_msk" {
  description = "Kafka."
  type        = bool
  default     = false
}

variable "enable_opensearch" {
  description = "The search index."
  type        = bool
  default     = false
}

variable "enable_flink" {
  description = "The jobs."
  type        = bool
  default     = false
}

variable "enable_scanner" {
  description = "The feed scanner."
  type        = bool
  default     = false
}

variable "admin_role_arn" {
  description = "The role that administers OpenSearch."
  type        = string
  default     = null
}

variable "runtime_environment" {
  description = "Flink of the service."
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

variable "scanner_kind" {
  description = "ecs or lambda."
  type        = string
  default     = "ecs"
}

variable "scanner_image_tag" {
  description = "Tag of the image of the scanner."
  type        = string
  default     = "v1"
}

variable "scanner_package_key" {
  description = "For scanner_kind lambda: its zip in the artefacts bucket, deal-finder-scanner-<sha256>.zip."
  type        = string
  default     = null
}

variable "scanner_command" {
  description = "What the image runs; null: one scan."
  type        = list(string)
  default     = null
}
