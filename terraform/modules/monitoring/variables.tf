variable "name" {
  description = "Prefix of all names."
  type        = string
}

variable "region" {
  description = "AWS region."
  type        = string
}

variable "account_id" {
  description = "The account."
  type        = string
}

variable "emails" {
  description = "Who hears of alarms; each confirms the subscription once."
  type        = list(string)
}

variable "kms_key_arn" {
  description = "Key of the alarm topic."
  type        = string
}

variable "application_names" {
  description = "The Flink applications to watch."
  type        = set(string)
  default     = []
}

variable "cluster_name" {
  description = "The MSK cluster; null: none."
  type        = string
  default     = null
}

variable "consumers" {
  description = "Consumer group -> the topic whose lag counts."
  type        = map(string)
  default     = {}
}

variable "search_domain" {
  description = "The OpenSearch domain; null: none."
  type        = string
  default     = null
}
