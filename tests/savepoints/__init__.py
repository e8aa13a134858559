"""Savepoints of released versions, and the test that the current code goes on from each."""
