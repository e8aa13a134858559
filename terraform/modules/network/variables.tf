variable "name" {
  description = "Prefix of all names, e.g. deal-finder-dev."
  type        = string
}

variable "region" {
  description = "AWS region."
  type        = string
}

variable "cidr_block" {
  description = "Addresses of the VPC; a /16 is cut into /20 subnets."
  type        = string
  default     = "10.40.0.0/16"
}

variable "availability_zones" {
  description = "Three zones: brokers, search nodes and Flink spread over them."
  type        = list(string)

  validation {
    condition     = length(var.availability_zones) == 3
    error_message = "Give three availability zones."
  }
}

variable "enable_nat_gateway" {
  description = "Let private subnets reach the internet (about $33 a month for each gateway, and traffic)."
  type        = bool
}

variable "nat_gateway_per_zone" {
  description = "A gateway in each zone instead of one for all."
  type        = bool
  default     = false
}

variable "enable_interface_endpoints" {
  description = "Private ways to the AWS APIs (about $7 a month for each service and zone); needed where NAT is off."
  type        = bool
}

variable "interface_services" {
  description = "The AWS APIs that the jobs call. The scanner needs NAT, and then takes that way."
  type        = set(string)
  default     = ["bedrock-runtime", "glue", "sts"]
}

variable "kms_key_arn" {
  description = "Key for the flow logs."
  type        = string
}

variable "log_retention_days" {
  description = "How long flow logs are kept."
  type        = number
  default     = 30
}

variable "enable_flow_logs" {
  description = "Record accepted and rejected connections."
  type        = bool
  default     = true
}
