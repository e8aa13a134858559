output "role_arn" {
  description = "Role of the applications, to be mapped in OpenSearch."
  value       = aws_iam_role.this.arn
}

output "application_names" {
  description = "By the names given."
  value       = { for name, application in aws_kinesisanalyticsv2_application.this : name => application.name }
}
