variable "region" {
  description = "AWS region."
  type        = string
}

variable "bucket" {
  description = "Name of the state bucket, unique in the world."
  type        = string
}

variable "create_opensearch_role" {
  description = "Make the service's own role; false where the account has it (aws iam get-role --role-name AWSServiceRoleForAmazonOpenSearchService)."
  type        = bool
  default     = true
}
