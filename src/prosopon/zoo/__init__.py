"""Model cards, weights, converters, inference sessions."""
