output "backend" {
  description = "For environments/<name>/backend.hcl."
  value       = <<-BACKEND
    bucket       = "${aws_s3_bucket.state.id}"
    region       = "${var.region}"
    kms_key_id   = "${aws_kms_key.state.arn}"
    encrypt      = true
    use_lockfile = true
  BACKEND
}
