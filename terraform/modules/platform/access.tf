# Who may send requests to OpenSearch at all; what they may do, fine-grained access says.

data "aws_iam_policy_document" "search" {
  count = var.enable_opensearch ? 1 : 0

  statement {
    actions   = ["es:ESHttpGet", "es:ESHttpHead", "es:ESHttpPost", "es:ESHttpPut", "es:ESHttpPatch", "es:ESHttpDelete"]
    resources = ["${module.search[0].arn}/*"]

    principals {
      type        = "AWS"
      identifiers = concat([var.admin_role_arn], module.flink[*].role_arn)
    }
  }
}

resource "aws_opensearch_domain_policy" "this" {
  count = var.enable_opensearch ? 1 : 0

  domain_name     = module.search[0].domain_name
  access_policies = data.aws_iam_policy_document.search[0].json
}
