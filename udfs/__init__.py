"""Pure rules, and in flink.py their thin shells."""
