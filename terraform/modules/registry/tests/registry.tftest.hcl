mock_provider "aws" {
  source = "../../mocks"
}

variables {
  registry_name = "deal-finder-test"
  schemas_dir   = "../../../schemas"
}

run "a_schema_for_each_topic" {
  assert {
    condition     = alltrue([for topic in local.topics : aws_glue_schema.this[topic].schema_definition == file("${var.schemas_dir}/${topic}.avsc")])
    error_message = "Definitions are the files, to the letter."
  }

  assert {
    condition     = alltrue([for schema in aws_glue_schema.this : schema.compatibility == "BACKWARD" && schema.data_format == "AVRO"])
    error_message = "As schemas/registry.py registers them."
  }
}
