variable "name" {
  description = "Prefix of all names, e.g. deal-finder-dev."
  type        = string
}

variable "account_id" {
  description = "The account: bucket names are unique in the world only with it."
  type        = string
}

variable "region" {
  description = "AWS region."
  type        = string
}

variable "protect" {
  description = "Refuse to delete tables and full buckets (prod)."
  type        = bool
}
