"""A package that brings one back-end of each kind; the contract suites run over them too."""
