"""Run a function over items: serial, processes, Ray."""
