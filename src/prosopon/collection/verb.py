"""A verb of a collection: a function in a file of its own, bound as a method on first use."""

from collections.abc import Callable
from importlib import import_module
from types import MethodType
from typing import Any


class Verb:
    """The function `name` of the module of that name here, as a method.

    Nothing that a verb needs is loaded before it is called, so that a collection opens quickly;
    its signature and docstring stand once, at the function.
    """

    def __init__(self, name: str, module: str = "") -> None:
        self._name = name
        self._module = module or name

    def __get__(self, owner: object, kind: type | None = None) -> Any:
        module = import_module(f"prosopon.collection.{self._module}")
        function: Callable[..., Any] = getattr(module, self._name)
        return function if owner is None else MethodType(function, owner)
