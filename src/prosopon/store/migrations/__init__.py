"""Migrations: one file each, numbered and named, never changed once released."""
