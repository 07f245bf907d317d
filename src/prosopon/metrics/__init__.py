"""Scores of clusterings, classifications and verifications; one module for each."""
