"""Search by meaning: titles as vectors."""
