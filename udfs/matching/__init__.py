"""Which products of different shops are one: blocking, features of a pair, a boosted model."""
