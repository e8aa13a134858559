"""The fair-price model: data, training, evaluation, export. Serving code is udfs/pricing."""
