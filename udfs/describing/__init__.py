"""Descriptions of deals by a language model, from given facts only and never at any price."""
