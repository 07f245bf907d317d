"""What was measured of one classifier and one label: the numbers from which all is concluded.

A study is written as JSON, so that a page can be made of several that were measured at different
times.
"""

import json
from dataclasses import asdict, dataclass, field, fields
from pathlib import Path
from typing import Any

import numpy as np
from pydantic import TypeAdapter, ValidationError

from prosopon.errors import ProsoponError
from prosopon.explain.occlusions import Occlusion
from prosopon.files import write_text
from prosopon.records import Float64


@dataclass(frozen=True, slots=True, eq=False)
class Study:
    """Arrays over occlusions are in the order of `occlusions`; (1 + m) has whole faces first."""

    classifier: str
    label: str
    size: tuple[int, int]
    """Height, width of the pictures in pixels."""
    fill: str
    faces: int
    people: int
    """Different people among the faces; 0 where nobody says who they are."""
    occlusions: tuple[Occlusion, ...]
    hidden: Float64
    """(m,) share of the picture that is hidden, on average."""
    hidden_regions: Float64
    """(m, 5) share of each region that is hidden."""
    figures: dict[str, Float64]
    """Name → (folds, 1 + m), as `importance.measure` gives them."""
    alone: dict[str, Float64] = field(default_factory=dict)
    """Of classifiers that were trained on one region only, (folds, 5) accuracies: `own` on faces
    of which only that region shows, `whole` on whole faces; with `, strip` behind, of those that
    were trained on the region's strip. Empty where nothing was trained."""
    heat: dict[str, Float64] = field(default_factory=dict)
    """Method → (folds, 5) mean heat of each region over mean heat of the picture."""

    @property
    def folds(self) -> int:
        """Parts of the data over which intervals are taken."""
        return len(self.figures["accuracy"])

    def rows(self, family: str, shape: str = "") -> list[int]:
        """Places of the occlusions of a family, and of a shape where one is named."""
        return [
            place
            for place, each in enumerate(self.occlusions)
            if each.family == family and shape in ("", each.shape)
        ]

    def drops(self, figure: str) -> Float64:
        """(folds, m) p − p_m."""
        values = self.figures[figure]
        drops: Float64 = values[:, :1] - values[:, 1:]
        return drops


def save(study: Study, path: Path) -> None:
    """Write a study as JSON; NaN becomes null."""
    values = {each.name: getattr(study, each.name) for each in fields(study)}
    values["occlusions"] = [asdict(each) for each in study.occlusions]
    write_text(path, json.dumps(_plain(values), allow_nan=False))


def load(path: Path) -> Study:
    """Read what `save` wrote. Raises ProsoponError."""
    try:
        values = json.loads(path.read_text(encoding="utf-8"))
        values["occlusions"] = TypeAdapter(tuple[Occlusion, ...]).validate_python(
            values["occlusions"]
        )
        values["size"] = tuple(values["size"])
        for name in ("hidden", "hidden_regions"):
            values[name] = np.array(values[name], np.float64)
        for name in ("figures", "alone", "heat"):
            values[name] = {key: np.array(of, np.float64) for key, of in values[name].items()}
        return Study(**values)
    except (OSError, ValueError, KeyError, TypeError, ValidationError) as error:
        raise ProsoponError(f"{path}: not a study of prosopon explain: {error}") from error


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    if isinstance(value, np.ndarray):
        return _plain(value.tolist())
    if isinstance(value, float) and not np.isfinite(value):
        return None
    return value
