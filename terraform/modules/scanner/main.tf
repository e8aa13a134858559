# The scanner, on a schedule: a Fargate task of an image, or a Lambda function of a zip; both are
# made of the same package (python -m scripts.package --scanner).

locals {
  is_ecs = var.kind == "ecs"
  image  = local.is_ecs ? "${aws_ecr_repository.this[0].repository_url}:${var.image_tag}" : null
}

resource "aws_ecr_repository" "this" {
  count = local.is_ecs ? 1 : 0

  name                 = "${var.name}-scanner"
  image_tag_mutability = "IMMUTABLE"

  image_scanning_configuration {
    scan_on_push = true
  }

  encryption_configuration {
    encryption_type = "KMS"
    kms_key         = var.kms_key_arn
  }
}

resource "aws_cloudwatch_log_group" "this" {
  # Lambda's own spelling, so that the function need not make one.
  name              = local.is_ecs ? "/${var.name}/scanner" : "/aws/lambda/${var.name}-scanner"
  retention_in_days = var.log_retention_days
  kms_key_id        = var.kms_key_arn
}

resource "aws_ecs_cluster" "this" {
  count = local.is_ecs ? 1 : 0

  name = "${var.name}-scanner"

  setting {
    name  = "containerInsights"
    value = "enabled"
  }
}

resource "aws_ecs_task_definition" "this" {
  count = local.is_ecs ? 1 : 0

  family                   = "${var.name}-scanner"
  requires_compatibilities = ["FARGATE"]
  network_mode             = "awsvpc"
  cpu                      = "256"
  memory                   = "512"
  execution_role_arn       = aws_iam_role.execution[0].arn
  task_role_arn            = aws_iam_role.this.arn

  container_definitions = jsonencode([{
    name                   = "scanner"
    image                  = local.image
    command                = var.command
    essential              = true
    readonlyRootFilesystem = true # What it sent it keeps in DynamoDB.
    environment            = [for name, value in var.environment : { name = name, value = value }]
    logConfiguration = {
      logDriver = "awslogs"
      options = {
        awslogs-group         = aws_cloudwatch_log_group.this.name
        awslogs-region        = var.region
        awslogs-stream-prefix = "scanner"
      }
    }
  }])
}

resource "aws_lambda_function" "this" {
  count = local.is_ecs ? 0 : 1

  function_name                  = "${var.name}-scanner"
  role                           = aws_iam_role.this.arn
  package_type                   = "Zip"
  s3_bucket                      = var.package_bucket
  s3_key                         = var.package_key
  handler                        = "scripts.scanner.function.handler"
  runtime                        = "python3.12"
  architectures                  = ["x86_64"]
  memory_size                    = 512
  timeout                        = 300
  kms_key_arn                    = var.kms_key_arn
  reserved_concurrent_executions = 1 # Two at once would send everything twice.

  environment {
    variables = var.environment
  }

  lifecycle {
    precondition {
      condition     = var.package_bucket != null && var.package_key != null
      error_message = "A function needs package_bucket and package_key: python -m scripts.package --scanner, then upload."
    }
  }

  vpc_config {
    subnet_ids         = var.subnet_ids
    security_group_ids = [var.security_group_id]
  }

  depends_on = [aws_iam_role_policy.this, aws_cloudwatch_log_group.this]
}

resource "aws_scheduler_schedule" "this" {
  name                = "${var.name}-scanner"
  schedule_expression = var.schedule
  kms_key_arn         = var.kms_key_arn

  flexible_time_window {
    mode = "OFF"
  }

  target {
    arn      = local.is_ecs ? aws_ecs_cluster.this[0].arn : aws_lambda_function.this[0].arn
    role_arn = aws_iam_role.schedule.arn

    retry_policy {
      maximum_retry_attempts       = 0 # The next run comes anyway.
      maximum_event_age_in_seconds = 60
    }

    dynamic "ecs_parameters" {
      for_each = aws_ecs_task_definition.this[*].arn

      content {
        task_definition_arn = ecs_parameters.value
        launch_type         = "FARGATE"

        network_configuration {
          subnets          = var.subnet_ids
          security_groups  = [var.security_group_id]
          assign_public_ip = false
        }
      }
    }
  }
}
