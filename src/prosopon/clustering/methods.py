"""Clustering methods by name, each described by its class alone."""

import inspect
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from prosopon.clustering.base import Clusterer
from prosopon.errors import UsageError
from prosopon.registry import Registry


@dataclass(frozen=True, slots=True)
class Parameter:
    """One constructor parameter of a method."""

    type: type
    default: Any
    optional: bool
    """Whether None is a value too."""

    def parse(self, text: str) -> Any:
        """Turn what the user typed into a value."""
        if self.optional and text.lower() == "none":
            return None
        if self.type is bool:
            return {"true": True, "yes": True, "1": True, "false": False, "no": False, "0": False}[
                text.lower()
            ]
        return self.type(text)


@dataclass(frozen=True, slots=True)
class Method:
    """A clustering method as the command line sees it."""

    estimator: type[Clusterer]

    @property
    def name(self) -> str:
        return self.estimator.name

    @property
    def takes(self) -> str:
        """graph or vectors."""
        return self.estimator.takes

    @property
    def summary(self) -> str:
        """The first line of the class's docstring."""
        return (self.estimator.__doc__ or "").partition("\n")[0]

    @property
    def parameters(self) -> dict[str, Parameter]:
        """From the constructor's signature."""
        signature = inspect.signature(self.estimator, eval_str=True)
        return {name: _parameter(given) for name, given in signature.parameters.items()}

    def make(self, **parameters: Any) -> Clusterer:
        """Construct the estimator; strings are parsed as the parameter's type."""
        known = self.parameters
        values = {}
        for key, value in parameters.items():
            if key not in known:
                raise UsageError(f"{self.name} has no parameter {key!r}; it has {', '.join(known)}")
            try:
                values[key] = known[key].parse(value) if isinstance(value, str) else value
            except (KeyError, ValueError) as error:
                raise UsageError(
                    f"{self.name}: {key} must be {known[key].type.__name__}, got {value!r}"
                ) from error
        return self.estimator(**values)


def _parameter(given: inspect.Parameter) -> Parameter:
    """Describe one parameter; `X | None` counts as an optional X."""
    kinds = getattr(given.annotation, "__args__", (given.annotation,))
    types = [kind for kind in kinds if kind is not type(None)]
    return Parameter(types[0], given.default, optional=len(types) < len(kinds))


class _Methods(Registry[Any]):
    def __getitem__(self, name: str) -> Method:
        return Method(super().__getitem__(name))


METHODS: Mapping[str, Method] = _Methods("clusterers", "prosopon.clustering")
"""All methods by name, those of other packages too; the first is the default."""


def make(name: str, **parameters: Any) -> Clusterer:
    """Construct the method called `name`; strings are parsed as the parameters' types."""
    return METHODS[name].make(**parameters)
