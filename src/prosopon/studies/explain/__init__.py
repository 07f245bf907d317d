"""What classifiers look at: `prosopon explain`."""
