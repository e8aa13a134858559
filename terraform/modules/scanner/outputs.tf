output "role_arn" {
  description = "Role of the scanner."
  value       = aws_iam_role.this.arn
}

output "repository_url" {
  description = "Where its image is pushed."
  value       = aws_ecr_repository.this.repository_url
}
