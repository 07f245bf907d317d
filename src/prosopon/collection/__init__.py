"""A collection of photographs, and every verb of archivists on it."""
