variable "region" {
  description = "AWS region."
  type        = string
}

variable "bucket" {
  description = "Name of the state bucket, unique in the world."
  type        = string
}
