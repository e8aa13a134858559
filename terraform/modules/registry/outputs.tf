output "registry_name" {
  description = "Name of the registry."
  value       = aws_glue_registry.this.registry_name
}

output "registry_arn" {
  description = "The registry."
  value       = aws_glue_registry.this.arn
}

output "schema_arns" {
  description = "By topic."
  value       = { for topic, schema in aws_glue_schema.this : topic => schema.arn }
}

output "topics" {
  description = "Names of the topics, in the order of the dataflow."
  value       = local.topics
}
