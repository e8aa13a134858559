output "cluster_arn" {
  description = "The cluster; IAM names of topics and groups derive from it."
  value       = one(concat(aws_msk_cluster.this[*].arn, aws_msk_serverless_cluster.this[*].arn))
}

output "cluster_name" {
  description = "As the metrics name it."
  value       = var.name
}

output "bootstrap_servers" {
  description = "host:port of the IAM listeners."
  value = one(concat(
    aws_msk_cluster.this[*].bootstrap_brokers_sasl_iam,
    aws_msk_serverless_cluster.this[*].bootstrap_brokers_sasl_iam,
  ))
}
