variable "registry_name" {
  description = "Name of the Glue registry; the jobs' property Registry/name."
  type        = string
}

variable "schemas_dir" {
  description = "Folder of the *.avsc files."
  type        = string
}
