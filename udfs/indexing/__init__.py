"""Evaluated deals as documents of a search index."""
