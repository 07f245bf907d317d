"""Which face regions a classifier uses."""
