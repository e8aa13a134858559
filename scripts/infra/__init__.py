"""Checks of terraform/ that need no account: schema, IAM, and terraform's own where it is there."""
