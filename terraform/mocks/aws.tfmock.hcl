# Documents are read as JSON where they are used.
mock_data "aws_iam_policy_document" {
  defaults = { json = "{\"Version\":\"2012-10-17\",\"Statement\":[]}" }
}

mock_resource "aws_kms_key" {
  defaults = { arn = "arn:aws:kms:us-east-1:111122223333:key/k" }
}

mock_resource "aws_iam_role" {
  defaults = { arn = "arn:aws:iam::111122223333:role/r" }
}

mock_resource "aws_s3_bucket" {
  defaults = { arn = "arn:aws:s3:::b" }
}

mock_resource "aws_cloudwatch_log_group" {
  defaults = { arn = "arn:aws:logs:us-east-1:111122223333:log-group:/g" }
}

mock_resource "aws_cloudwatch_log_stream" {
  defaults = { arn = "arn:aws:logs:us-east-1:111122223333:log-group:/g:log-stream:s" }
}

mock_resource "aws_msk_cluster" {
  defaults = {
    arn                        = "arn:aws:kafka:us-east-1:111122223333:cluster/c/u-1"
    bootstrap_brokers_sasl_iam = "b-1.example.org:9098"
  }
}

mock_resource "aws_msk_serverless_cluster" {
  defaults = {
    arn                        = "arn:aws:kafka:us-east-1:111122223333:cluster/c/u-1"
    bootstrap_brokers_sasl_iam = "b-1.example.org:9098"
  }
}

mock_resource "aws_msk_configuration" {
  defaults = { arn = "arn:aws:kafka:us-east-1:111122223333:configuration/c/u-1" }
}

mock_resource "aws_opensearch_domain" {
  defaults = { endpoint = "vpc-search.example.org" }
}

mock_resource "aws_sns_topic" {
  defaults = { arn = "arn:aws:sns:us-east-1:111122223333:t" }
}

mock_resource "aws_glue_registry" {
  defaults = { arn = "arn:aws:glue:us-east-1:111122223333:registry/r" }
}

mock_resource "aws_ecs_cluster" {
  defaults = { arn = "arn:aws:ecs:us-east-1:111122223333:cluster/c" }
}

mock_resource "aws_ecs_task_definition" {
  defaults = { arn = "arn:aws:ecs:us-east-1:111122223333:task-definition/t:1" }
}

mock_resource "aws_lambda_function" {
  defaults = { arn = "arn:aws:lambda:us-east-1:111122223333:function:f" }
}

mock_resource "aws_ce_anomaly_monitor" {
  defaults = { arn = "arn:aws:ce::111122223333:anomalymonitor/m" }
}
