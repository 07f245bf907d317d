"""Research verbs: folders of data in, tables and pages out."""
