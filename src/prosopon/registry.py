"""Back-ends by name: the program's own, and those that other packages bring.

One of ours is found by the constant in its module: `CLUSTERERS = {"dbscan": DBSCAN}`, with the
name of its kind in capitals. Another package brings one by an entry point of the same kind:

    [project.entry-points."prosopon.clusterers"]
    my-method = "my_package:MyMethod"

Kinds are detectors, embedders, clusterers, protocols and formats; docs/plugins.md says what each
must offer.
"""

from collections.abc import Iterator, Mapping
from functools import cache
from importlib import import_module
from importlib.metadata import EntryPoint, entry_points
from pkgutil import iter_modules
from typing import Any, Generic, TypeVar, cast

from prosopon.errors import ProsoponError, UsageError

T = TypeVar("T")


class Registry(Mapping[str, T], Generic[T]):
    """Back-ends of one kind by name, ours first. Modules are imported at the first look.

    kind : as in the entry points' group, `prosopon.<kind>`.
    package : the package whose modules hold ours.

    Looking up an unknown name raises UsageError, a plug-in that can't be loaded ProsoponError.
    """

    def __init__(self, kind: str, package: str) -> None:
        self.kind = kind
        self._package = package
        self._ours: dict[str, T] | None = None

    def __getitem__(self, name: str) -> T:
        if name in self._built_in():
            return self._built_in()[name]
        if name in plug_ins(self.kind):
            return cast(T, load(plug_ins(self.kind)[name]))
        raise UsageError(
            f"there is no {self.kind.removesuffix('s')} {name!r}: there are {', '.join(self)}"
        )

    def __contains__(self, name: object) -> bool:
        return name in self._built_in() or name in plug_ins(self.kind)

    def __iter__(self) -> Iterator[str]:
        yield from self._built_in()
        for name, plug_in in plug_ins(self.kind).items():
            if name in self._built_in():
                raise ProsoponError(
                    f"the package {_package_of(plug_in)} brings {self.kind} named {name!r}, as "
                    "one of Prosopon's own is named: uninstall it or have it renamed"
                )
            yield name

    def __len__(self) -> int:
        return sum(1 for _ in self)

    def _built_in(self) -> Mapping[str, T]:
        if self._ours is None:
            package = import_module(self._package)
            found: dict[str, T] = {}
            for entry in iter_modules(package.__path__):
                module = import_module(f"{self._package}.{entry.name}")
                if not entry.ispkg:
                    found |= getattr(module, self.kind.upper(), {})
            self._ours = found
        return self._ours


@cache
def plug_ins(kind: str) -> Mapping[str, EntryPoint]:
    """What other packages bring of one kind, by name, not loaded. ProsoponError: one name twice."""
    found: dict[str, EntryPoint] = {}
    for entry in sorted(entry_points(group=f"prosopon.{kind}"), key=lambda entry: entry.name):
        other = found.setdefault(entry.name, entry)
        if other.value != entry.value:
            raise ProsoponError(
                f"the packages {_package_of(other)} and {_package_of(entry)} both bring {kind} "
                f"named {entry.name!r}: uninstall one of them"
            )
    return found


def load(entry: EntryPoint) -> Any:
    """What an entry point names. Raises ProsoponError if its package fails."""
    try:
        return entry.load()
    except Exception as error:  # another package's code may fail in any way
        raise ProsoponError(
            f"the package {_package_of(entry)} can't be used ({entry.value}: "
            f"{type(error).__name__}: {error}): mend, update or uninstall it"
        ) from error


def _package_of(entry: EntryPoint) -> str:
    return entry.dist.name if entry.dist else entry.value.partition(":")[0]
