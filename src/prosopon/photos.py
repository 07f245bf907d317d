"""Files → upright RGB pixels."""
