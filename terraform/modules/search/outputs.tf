output "url" {
  description = "The jobs' property Search/url."
  value       = "https://${aws_opensearch_domain.this.endpoint}"
}

output "arn" {
  description = "The domain."
  value       = local.arn
}

output "domain_name" {
  description = "As the metrics name it."
  value       = aws_opensearch_domain.this.domain_name
}
