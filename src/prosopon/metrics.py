"""Scores of clusterings, classifications and verifications."""
