output "kms_key_arn" {
  description = "Key of the environment."
  value       = aws_kms_key.this.arn
}

output "bucket_arns" {
  description = "By purpose: data-lake, models, backups, artefacts."
  value       = { for name, bucket in aws_s3_bucket.this : name => bucket.arn }
}

output "bucket_names" {
  description = "By purpose."
  value       = { for name, bucket in aws_s3_bucket.this : name => bucket.id }
}

output "table_arns" {
  description = "By purpose: deal-state, agent-state, user-sessions."
  value       = { for name, table in aws_dynamodb_table.this : name => table.arn }
}

output "table_names" {
  description = "By purpose."
  value       = { for name, table in aws_dynamodb_table.this : name => table.name }
}
