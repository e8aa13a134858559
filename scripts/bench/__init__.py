"""`make bench`: evaluate_deals against its peers and the limit, measured in one run."""
