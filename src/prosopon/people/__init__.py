"""Decisions + Clustering → names with reasons."""
