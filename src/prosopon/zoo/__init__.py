"""Model cards, weights, converters, inference sessions.

A card says what a model is, where its weights come from, under which licence, and how pixels are
prepared for it. Cards come with the package (`zoo/cards/*.toml`) or are added by the user. Weights
are looked up where the card's source says, their SHA-256 is compared with the card on every load,
and formats other than ONNX are converted once into the user's cache.

    model = zoo.load("dlib-resnet")
    (vectors,) = model.run(model.blob(chips))

`configure` sets threads and execution providers for sessions opened afterwards. `pull` is the only
code in Prosopon that touches the network.
"""

from prosopon.zoo.card_files import calibrate, card, cards, models_folder, parse_fields
from prosopon.zoo.model_folder import write_folder
from prosopon.zoo.models import (
    Model,
    add,
    checked_source,
    is_present,
    load,
    onnx_file,
    pull,
    verify,
)
from prosopon.zoo.runtime import configure, on_processor

__all__ = [
    "Model",
    "add",
    "calibrate",
    "card",
    "cards",
    "checked_source",
    "configure",
    "is_present",
    "load",
    "models_folder",
    "on_processor",
    "onnx_file",
    "parse_fields",
    "pull",
    "verify",
    "write_folder",
]
