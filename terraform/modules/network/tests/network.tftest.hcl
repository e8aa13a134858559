mock_provider "aws" {
  source = "../../mocks"
}

variables {
  name                       = "deal-finder-test"
  region                     = "us-east-1"
  availability_zones         = ["us-east-1a", "us-east-1b", "us-east-1c"]
  enable_nat_gateway         = false
  enable_interface_endpoints = false
  kms_key_arn                = "arn:aws:kms:us-east-1:111122223333:key/k"
}

run "three_zones_and_free_endpoints" {
  assert {
    condition     = length(aws_subnet.private) == 3 && length(aws_subnet.public) == 3
    error_message = "A private and a public subnet in each zone."
  }

  assert {
    condition     = toset(keys(aws_vpc_endpoint.gateway)) == toset(["s3", "dynamodb"])
    error_message = "S3 and DynamoDB are reached without a gateway."
  }

  assert {
    condition     = length(aws_nat_gateway.this) + length(aws_internet_gateway.this) + length(aws_vpc_endpoint.interface) == 0
    error_message = "What is off is not made."
  }

  assert {
    condition     = length(aws_vpc_security_group_egress_rule.web) == 0
    error_message = "Without NAT nothing may go out to the web."
  }
}

run "nothing_comes_in_but_from_our_groups" {
  assert {
    condition     = alltrue([for rule in aws_vpc_security_group_ingress_rule.flow : rule.cidr_ipv4 == null && rule.referenced_security_group_id != null])
    error_message = "Ingress is from named groups only."
  }

  assert {
    condition     = alltrue([for subnet in aws_subnet.public : !subnet.map_public_ip_on_launch])
    error_message = "No address is public by itself."
  }
}

run "one_gateway" {
  variables {
    enable_nat_gateway = true
  }

  assert {
    condition     = length(aws_nat_gateway.this) == 1 && length(aws_route.nat) == 3
    error_message = "One gateway for three zones."
  }
}

run "a_gateway_in_each_zone" {
  variables {
    enable_nat_gateway   = true
    nat_gateway_per_zone = true
  }

  assert {
    condition     = length(aws_nat_gateway.this) == 3
    error_message = "A gateway in each zone."
  }
}

run "interface_endpoints" {
  variables {
    enable_interface_endpoints = true
  }

  assert {
    condition     = contains(keys(aws_vpc_endpoint.interface), "bedrock-runtime")
    error_message = "The jobs reach Bedrock without NAT."
  }
}

run "two_zones_are_refused" {
  command = plan

  variables {
    availability_zones = ["us-east-1a", "us-east-1b"]
  }

  expect_failures = [var.availability_zones]
}
