"""Same person or not."""
