"""What a month costs: terraform's variables times a dated table of prices."""
