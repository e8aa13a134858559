"""The local stack, without docker: Kafka, OpenSearch, and stand-ins for AWS and Bedrock.

`python -m local build|up|down|status` is the command line; `local.stack.Stack` is the same as an
object. Everything listens on 127.0.0.1 only and keeps its data under one folder.
"""
