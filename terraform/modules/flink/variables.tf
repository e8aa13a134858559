variable "name" {
  description = "Prefix of the applications' names."
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

variable "runtime_environment" {
  description = "Flink of the service; an older provider does not know FLINK-2_2."
  type        = string
  default     = "FLINK-2_2"

  validation {
    condition     = startswith(var.runtime_environment, "FLINK-")
    error_message = "A runtime of the service, such as FLINK-2_2."
  }
}

variable "applications" {
  description = "By name: size and property groups of each application."
  type = map(object({
    parallelism     = number
    property_groups = map(map(string))
  }))
}

variable "parallelism_per_kpu" {
  description = "Subtasks that share 1 vCPU and 4 GB."
  type        = number
  default     = 1
}

variable "is_autoscaling" {
  description = "Let the service change the parallelism by CPU use."
  type        = bool
  default     = true
}

variable "metrics_level" {
  description = "APPLICATION, or TASK: with the busy and back-pressured time of each task, paid for by the metric."
  type        = string
  default     = "TASK"

  validation {
    condition     = contains(["APPLICATION", "TASK", "OPERATOR", "PARALLELISM"], var.metrics_level)
    error_message = "A level of the service."
  }
}

variable "is_started" {
  description = "Whether terraform starts the applications; scripts that deploy do it else."
  type        = bool
  default     = false
}

variable "code_bucket_arn" {
  description = "Bucket of the package."
  type        = string
}

variable "code_key" {
  description = "Object of the package, named by its content: deal-finder-<sha256>.zip."
  type        = string
}

variable "kms_key_arn" {
  description = "Key of package and logs."
  type        = string
}

variable "subnet_ids" {
  description = "Private subnets."
  type        = list(string)
}

variable "security_group_id" {
  description = "Group of the applications."
  type        = string
}

variable "cluster_arn" {
  description = "The MSK cluster; null where Kafka is elsewhere."
  type        = string
  default     = null
}

variable "topics" {
  description = "Topics that the jobs read and write."
  type        = list(string)
}

variable "group_prefix" {
  description = "Consumer groups are PREFIX.JOB."
  type        = string
}

variable "registry_arn" {
  description = "The Glue registry."
  type        = string
}

variable "schema_arns" {
  description = "Its schemas."
  type        = list(string)
}

variable "search_arn" {
  description = "The OpenSearch domain; null where there is none."
  type        = string
  default     = null
}

variable "bedrock_model_id" {
  description = "Inference profile or model that describes alerts."
  type        = string
}

variable "log_retention_days" {
  description = "How long the jobs' logs are kept."
  type        = number
  default     = 30
}
