variable "name" {
  description = "Name of the domain, at most 28 characters."
  type        = string

  validation {
    condition     = can(regex("^[a-z][a-z0-9-]{2,27}$", var.name))
    error_message = "A domain's name has 3 to 28 small letters, digits and hyphens."
  }
}

variable "account_id" {
  description = "The account."
  type        = string
}

variable "region" {
  description = "AWS region."
  type        = string
}

variable "engine_version" {
  description = "OpenSearch version."
  type        = string
  default     = "OpenSearch_2.19"
}

variable "is_highly_available" {
  description = "Three data nodes and three dedicated masters over three zones; else a single node."
  type        = bool
}

variable "instance_type" {
  description = "Of the data nodes."
  type        = string
  default     = "t3.small.search"
}

variable "master_instance_type" {
  description = "Of the dedicated masters."
  type        = string
  default     = "m7g.medium.search"
}

variable "volume_gb" {
  description = "Disk of each data node."
  type        = number
  default     = 20
}

variable "subnet_ids" {
  description = "One private subnet in each of three zones."
  type        = list(string)
}

variable "security_group_id" {
  description = "Group of the domain."
  type        = string
}

variable "kms_key_arn" {
  description = "Key of disks and logs."
  type        = string
}

variable "admin_role_arn" {
  description = "The role that administers fine-grained access: it maps the jobs' role once."
  type        = string
}

variable "log_retention_days" {
  description = "How long the domain's logs are kept."
  type        = number
  default     = 14
}
