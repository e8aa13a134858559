"""The command-line tools: scanner, demo, tail, rules, bootstrap."""
