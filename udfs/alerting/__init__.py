"""Alert rules: what people asked for, matched against evaluated deals in batches."""
