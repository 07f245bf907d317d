"""A cluster at a glance."""
