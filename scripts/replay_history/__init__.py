"""Replay a file of daily prices as a stream, and compare what is said with brute force."""
