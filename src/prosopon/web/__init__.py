"""The local review application."""
