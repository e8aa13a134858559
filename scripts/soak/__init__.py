"""Soak and load: all jobs at a steady rate for long, or under a burst with a hot product."""
