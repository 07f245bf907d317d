"""Union-find: SciPy's `DisjointSet`, without loading SciPy to open a collection."""

from collections.abc import Iterable


class DisjointSets:
    """Elements in sets, each called by one of its elements."""

    def __init__(self, elements: Iterable[int] = ()) -> None:
        self._parent = {element: element for element in elements}
        self._members = {element: {element} for element in self._parent}

    def __contains__(self, element: object) -> bool:
        return element in self._parent

    def __getitem__(self, element: int) -> int:
        """The element that the set of `element` is called by."""
        root = element
        while self._parent[root] != root:
            root = self._parent[root]
        while self._parent[element] != root:  # shorten the way for the next time
            self._parent[element], element = root, self._parent[element]
        return root

    def merge(self, one: int, other: int) -> None:
        """Make one set of the sets of two elements."""
        large, small = sorted(
            (self[one], self[other]), key=lambda root: len(self._members[root]), reverse=True
        )
        if large != small:
            self._parent[small] = large
            self._members[large] |= self._members.pop(small)

    def connected(self, one: int, other: int) -> bool:
        """Whether two elements are in one set."""
        return self[one] == self[other]

    def subset(self, element: int) -> set[int]:
        """All elements of the set of `element`."""
        return self._members[self[element]]
