# The scanner, on a schedule: a Fargate task or a Lambda function of the same image.

locals {
  is_ecs = var.kind == "ecs"
  image  = "${aws_ecr_repository.this.repository_url}:${var.image_tag}"
}

resource "aws_ecr_repository" "this" {
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
    readonlyRootFilesystem = false # It keeps what it sent beside itself.
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
  package_type                   = "Image"
  image_uri                      = local.image
  memory_size                    = 512
  timeout                        = 300
  kms_key_arn                    = var.kms_key_arn
  reserved_concurrent_executions = 1 # Two at once would send everything twice.

  image_config {
    command = var.command
  }

  environment {
    variables = var.environment
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
