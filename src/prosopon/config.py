"""Settings from file, environment and flags, in that order."""
