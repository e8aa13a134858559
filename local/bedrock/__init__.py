"""A stand-in for Amazon Bedrock Runtime: Converse for Anthropic models, with faults at will."""
