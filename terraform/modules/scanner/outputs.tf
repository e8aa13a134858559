output "role_arn" {
  description = "Role of the scanner."
  value       = aws_iam_role.this.arn
}

output "repository_url" {
  description = "Where its image is pushed; null for a function."
  value       = one(aws_ecr_repository.this[*].repository_url)
}
