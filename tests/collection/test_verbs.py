"""Whatever the command line can do, Python can: every verb has its method or its function."""

import inspect
from importlib import import_module

import pytest
from tests.commands import commands

import prosopon
from prosopon.collection.attributes import Attributes
from prosopon.collection.contributions import Contributions
from prosopon.collection.people import People
from prosopon.collection.users import Users
from prosopon.verification.protocols import PROTOCOLS

FUNCTIONS = {
    "review": "prosopon.web:application",
    "start": "prosopon.web:application",
    "serve": "prosopon.web:face_service",
    "restore": "prosopon.collection.backup:restore",
    "demo": "prosopon.collection.demo:demo",
    "synthesise": "prosopon.collection.synthesise:synthesise",
    "models list": "prosopon.zoo:cards",
    "models pull": "prosopon.zoo:pull",
    "models add": "prosopon.zoo:add",
    "models export": "prosopon.zoo:write_folder",
    "models verify": "prosopon.zoo:verify",
    "models licences": "prosopon.zoo:cards",
}
"""Verbs that are neither on a collection nor studies."""
STUDIES = {
    "bench": "bench:bench",
    "attributes train": "attributes.learn:train",
    "attributes evaluate": "attributes.learn:evaluate",
    "attributes segments": "attributes.learn:segments",
    "attributes cluster": "attributes.group:group",
    "attributes discover": "pairwise_attributes:pairwise_attributes",
    "benchmark build": "benchmark:build",
    "benchmark look-alikes": "look_alikes:in_collection",
    "benchmark background-bias": "background_bias:background_bias",
    "explain train": "explain.study:train",
    "explain model": "explain.study:examine",
    "explain embedder": "explain.study:examine_embedder",
    "explain sweep": "explain.parameter_sweep:sweep",
    "explain draw": "explain.study:draw",
    "pseudolabel": "pseudolabel:pseudolabel",
    "verify templates": "templates:verify_templates",
    "verify train": "train_embedder:train",
    "verify lightcnn": "train_embedder:import_lightcnn",
}
"""Verbs of researchers: functions of `prosopon.studies`. All others of `verify` are protocols."""


OTHER_NAMES = {"import": "import_", "photos": "search_photos"}
"""Names that are a word of Python, or an attribute already."""
OWNERS: dict[tuple[str, ...], tuple[type, ...]] = {
    (): (prosopon.Collection, People),
    ("people",): (People, prosopon.Collection),
    ("attributes",): (Attributes,),
    ("users",): (Users,),
    ("contributions",): (Contributions,),
}
"""Group of verbs → where its methods are."""


def methods(command: tuple[str, ...]) -> list[object]:
    """Where a verb of that name is looked for, in turn."""
    *group, name = command
    name = OTHER_NAMES.get(name, name.replace("-", "_"))
    owners = OWNERS.get(tuple(group), ())
    return [getattr(owner, name) for owner in owners if hasattr(owner, name)]


@pytest.mark.parametrize("command", commands(), ids=" ".join)
def test_every_verb_is_a_method_or_a_function(command: tuple[str, ...]) -> None:
    found = methods(command)
    if not found:
        module, _, name = function_of(command).partition(":")
        found = [getattr(import_module(module), name)]
    for function in found:
        assert inspect.getdoc(function)


def function_of(command: tuple[str, ...]) -> str:
    words = " ".join(command)
    if words in FUNCTIONS:
        return FUNCTIONS[words]
    if words in STUDIES:
        return f"prosopon.studies.{STUDIES[words]}"
    group, name = command
    assert group == "verify" and name in PROTOCOLS, f"{words}: no method, no function"
    return "prosopon.studies.verify:verify"
