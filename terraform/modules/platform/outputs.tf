output "artefacts_bucket" {
  description = "Where the package goes."
  value       = module.storage.bucket_names["artefacts"]
}

output "registry_name" {
  description = "The Glue registry."
  value       = module.registry.registry_name
}

output "bootstrap_servers" {
  description = "Kafka; null without it."
  value       = one(module.streaming[*].bootstrap_servers)
}

output "search_url" {
  description = "OpenSearch; null without it."
  value       = one(module.search[*].url)
}

output "flink_role_arn" {
  description = "Role of the jobs; null without them."
  value       = one(module.flink[*].role_arn)
}

output "application_names" {
  description = "The applications."
  value       = try(values(module.flink[0].application_names), [])
}

output "scanner_repository_url" {
  description = "Where the scanner's image goes; null without it."
  value       = one(module.scanner[*].repository_url)
}
