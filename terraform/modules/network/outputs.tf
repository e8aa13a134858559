output "vpc_id" {
  description = "The VPC."
  value       = aws_vpc.this.id
}

output "private_subnet_ids" {
  description = "One in each zone, in the order of the zones."
  value       = [for zone in var.availability_zones : aws_subnet.private[zone].id]
}

output "security_group_ids" {
  description = "By component: flink, scanner, brokers, search, endpoints."
  value       = { for name, group in aws_security_group.this : name => group.id }
}
