variable "name" {
  description = "Prefix of all names; the tag Environment that costs are found by."
  type        = string
}

variable "monthly_limit_usd" {
  description = "What a month may cost."
  type        = number

  validation {
    condition     = var.monthly_limit_usd > 0
    error_message = "The limit is an amount above 0."
  }
}

variable "emails" {
  description = "Who hears of it."
  type        = list(string)
}

variable "anomaly_usd" {
  description = "Unexpected spending from which a mail is sent."
  type        = number
  default     = 20
}

variable "enable_anomaly_detection" {
  description = "An account has one such monitor of its services: off where it is there already."
  type        = bool
  default     = true
}
