"""What an offer is worth and what to say of it: estimates, verdicts, reasons."""
