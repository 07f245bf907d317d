"""Puts the default models' weights into the wheel, so that installing it needs nothing else.

They come from `face_recognition_models`, a source archive of 100 MB of which these are a third and
in the public domain (CC0); the rest is not for commercial use. Editable installs get them beside
the link to `src`.
"""

from importlib.util import find_spec
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

WEIGHTS = (
    "dlib_face_recognition_resnet_model_v1.dat",
    "mmod_human_face_detector.dat",
    "shape_predictor_5_face_landmarks.dat",
)


class Weights(BuildHookInterface[Any]):
    """The hook; hatchling looks for it here."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Name the files and where they go."""
        found = find_spec("face_recognition_models")  # not imported: it needs old setuptools
        assert found is not None and found.submodule_search_locations
        folder = Path(found.submodule_search_locations[0]) / "models"
        kind = "force_include_editable" if version == "editable" else "force_include"
        build_data[kind] |= {str(folder / name): f"prosopon_weights/{name}" for name in WEIGHTS}
