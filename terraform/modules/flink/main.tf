# The applications. What Flink itself is told stands here and not in the code: the service refuses
# keys that the code sets and it does not list.

resource "aws_cloudwatch_log_group" "this" {
  name              = "/${var.name}/flink"
  retention_in_days = var.log_retention_days
  kms_key_id        = var.kms_key_arn
}

resource "aws_cloudwatch_log_stream" "this" {
  for_each = var.applications

  name           = each.key
  log_group_name = aws_cloudwatch_log_group.this.name
}

resource "aws_kinesisanalyticsv2_application" "this" {
  for_each = var.applications

  name                   = "${var.name}-${each.key}"
  description            = "Deal Finder: ${each.value.property_groups["Jobs"]["run"]}"
  runtime_environment    = var.runtime_environment
  service_execution_role = aws_iam_role.this.arn
  start_application      = var.is_started

  application_configuration {
    application_code_configuration {
      code_content_type = "ZIPFILE"

      code_content {
        s3_content_location {
          bucket_arn = var.code_bucket_arn
          file_key   = var.code_key
        }
      }
    }

    application_snapshot_configuration {
      snapshots_enabled = true
    }

    environment_properties {
      property_group {
        property_group_id = "kinesis.analytics.flink.run.options"
        property_map = {
          python  = "main.py"
          jarfile = "lib/pyflink-dependencies.jar"
          pyFiles = "dep/"
        }
      }

      dynamic "property_group" {
        for_each = each.value.property_groups

        content {
          property_group_id = property_group.key
          property_map      = property_group.value
        }
      }
    }

    flink_application_configuration {
      checkpoint_configuration {
        configuration_type            = "CUSTOM"
        checkpointing_enabled         = true
        checkpoint_interval           = 60000
        min_pause_between_checkpoints = 5000
      }

      monitoring_configuration {
        configuration_type = "CUSTOM"
        log_level          = "INFO"
        metrics_level      = var.metrics_level
      }

      parallelism_configuration {
        configuration_type   = "CUSTOM"
        auto_scaling_enabled = var.is_autoscaling
        parallelism          = each.value.parallelism
        parallelism_per_kpu  = var.parallelism_per_kpu
      }
    }

    dynamic "run_configuration" {
      for_each = var.is_started ? ["RESTORE_FROM_LATEST_SNAPSHOT"] : []

      content {
        application_restore_configuration {
          application_restore_type = run_configuration.value
        }
      }
    }

    vpc_configuration {
      subnet_ids         = var.subnet_ids
      security_group_ids = [var.security_group_id]
    }
  }

  cloudwatch_logging_options {
    log_stream_arn = aws_cloudwatch_log_stream.this[each.key].arn
  }

  # The service checks at creation that the role lets it in.
  depends_on = [aws_iam_role_policy.this]

  # From the first start on, versions are the business of `scripts.deploy`: terraform would take
  # the first package back at its next apply.
  lifecycle {
    ignore_changes = [
      application_configuration[0].application_code_configuration,
      application_configuration[0].run_configuration,
    ]
  }
}
