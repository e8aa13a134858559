# A schema for each topic, of the same name. The files in schemas/ are their only home.

locals {
  # A test holds this list to schemas/topics.py.
  topics = [
    "deals.raw",
    "deals.parsed",
    "deals.products",
    "deals.evaluated",
    "deals.stats",
    "deals.alerts",
    "deals.rules",
    "deals.dlq",
  ]
}

resource "aws_glue_registry" "this" {
  registry_name = var.registry_name
  description   = "Record formats of Deal Finder"
}

resource "aws_glue_schema" "this" {
  for_each = toset(local.topics)

  schema_name       = each.key
  registry_arn      = aws_glue_registry.this.arn
  data_format       = "AVRO"
  compatibility     = "BACKWARD"
  schema_definition = file("${var.schemas_dir}/${each.key}.avsc")
}
