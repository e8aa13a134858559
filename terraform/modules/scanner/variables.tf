variable "name" {
  description = "Prefix of all names."
  type        = string
}

variable "account_id" {
  description = "The account."
  type        = string
}

variable "region" {
  description = "AWS region."
  type        = string
}

variable "kind" {
  description = "ecs (a Fargate task of an image) or lambda (a function of a zip)."
  type        = string

  validation {
    condition     = contains(["ecs", "lambda"], var.kind)
    error_message = "kind is ecs or lambda."
  }
}

variable "image_tag" {
  description = "For a task: tag of the scanner's image in the repository made here."
  type        = string
  default     = "v1"
}

variable "command" {
  description = "For a task: what the image runs."
  type        = list(string)
}

variable "package_bucket" {
  description = "For a function: bucket of its zip."
  type        = string
  default     = null
}

variable "package_key" {
  description = "For a function: the zip, named by its content: deal-finder-scanner-<sha256>.zip."
  type        = string
  default     = null
}

variable "state_table_arn" {
  description = "DynamoDB table with keys agent_id and entry_id, in which it remembers what it sent."
  type        = string
}

variable "environment" {
  description = "Environment variables of the scanner; no secrets."
  type        = map(string)
  default     = {}
}

variable "schedule" {
  description = "When it runs, as EventBridge Scheduler writes it."
  type        = string
  default     = "rate(10 minutes)"
}

variable "subnet_ids" {
  description = "Private subnets; feeds need a NAT gateway."
  type        = list(string)
}

variable "security_group_id" {
  description = "Group of the scanner."
  type        = string
}

variable "kms_key_arn" {
  description = "Key of images and logs."
  type        = string
}

variable "cluster_arn" {
  description = "The MSK cluster; null where Kafka is elsewhere."
  type        = string
  default     = null
}

variable "topic" {
  description = "The topic that the scanner writes."
  type        = string
  default     = "deals.raw"
}

variable "registry_arn" {
  description = "The Glue registry."
  type        = string
}

variable "schema_arn" {
  description = "Schema of the topic."
  type        = string
}

variable "log_retention_days" {
  description = "How long its logs are kept."
  type        = number
  default     = 14
}
