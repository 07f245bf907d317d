"""One function per verb; the only place where rooms and store meet."""
