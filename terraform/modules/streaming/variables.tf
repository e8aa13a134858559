variable "name" {
  description = "Name of the cluster."
  type        = string
}

variable "kind" {
  description = "provisioned (brokers of a size of ours) or serverless (paid by partition and traffic)."
  type        = string

  validation {
    condition     = contains(["provisioned", "serverless"], var.kind)
    error_message = "kind is provisioned or serverless."
  }
}

variable "kafka_version" {
  description = "Of a provisioned cluster."
  type        = string
  default     = "3.8.x"
}

variable "broker_instance_type" {
  description = "Of a provisioned cluster."
  type        = string
  default     = "kafka.t3.small"
}

variable "broker_volume_gb" {
  description = "Disk of each provisioned broker."
  type        = number
  default     = 50
}

variable "subnet_ids" {
  description = "One private subnet in each of three zones."
  type        = list(string)
}

variable "security_group_id" {
  description = "Group of the brokers."
  type        = string
}

variable "kms_key_arn" {
  description = "Key of the disks and the logs."
  type        = string
}

variable "log_retention_days" {
  description = "How long broker logs are kept."
  type        = number
  default     = 14
}
