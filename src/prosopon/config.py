"""Settings from file, environment and flags; the later win.

The file is TOML: `PROSOPON_CONFIG`, or `config.toml` in the user's configuration folder. Every
setting is also an environment variable, `PROSOPON_` and its name in capitals. Flags of the command
line come last.
"""

import os
from pathlib import Path
from typing import Any, Literal, NamedTuple

import platformdirs
from pydantic import Field, ValidationError, model_validator
from pydantic_settings import (
    BaseSettings,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
    TomlConfigSettingsSource,
)

from prosopon.errors import UsageError
from prosopon.records import Limits


class Look(NamedTuple):
    """How closely photographs are looked at for faces."""

    detector: str
    """Card id."""
    pixels: int
    """Every photograph is brought to about so many pixels before it is looked at."""
    closer: int
    """So many for the second look at one in which the first saw small faces, or none."""
    closest: int
    """So many for the third look at a large one in which the second saw small faces."""
    enlarged: float
    """Small ones are enlarged at most so many times."""


LOOKS = {
    "quick": Look("yunet", 200_000, 200_000, 200_000, 1.0),
    "normal": Look("yunet", 200_000, 1_400_000, 6_000_000, 2.0),
    "thorough": Look("centerface", 700_000, 2_800_000, 5_600_000, 2.0),
}


class Settings(BaseSettings):
    """What can be set, with its defaults."""

    model_config = SettingsConfigDict(env_prefix="PROSOPON_", extra="forbid")

    collection: str = "collection.prosopon"
    """The collection: a file, or the URL of a database."""
    look: Literal["quick", "normal", "thorough"] = "normal"
    """How closely photographs are looked at: picks the detector and the sizes; see `LOOKS`."""
    detector: str = ""
    """Another detector than the look's."""
    embedder: str = "dlib-resnet-mirrored"
    method: str = "adaptive"
    """The clustering method."""
    score_threshold: float | None = None
    """Least detector score; None takes the detector's own."""
    rotations: bool = False
    """Look at every photograph in four orientations."""
    max_pixels: int = Field(300_000_000, ge=1)
    """Larger photographs are recorded as failures and not decoded."""
    max_megabytes: int = Field(2_500, ge=64)
    """Memory that decoding one photograph may take; what needs more is recorded as a failure."""
    max_seconds: float = Field(30.0, gt=0)
    """Time that decoding one photograph may take."""
    code_pattern: str = r"(.+?)"
    """Where a photograph's reference code stands in its file's name without ending: the first
    group of this pattern, which must fit the whole. Letters and digits alone are compared."""
    background_faces: bool = False
    """Group faces in the background like all others, and show them in their place, not last."""
    system_folders: bool = False
    """Also enter folders of storage systems: @eaDir, #recycle, $RECYCLE.BIN, lost+found, …"""
    engine: Literal["serial", "threads", "processes", "ray"] = "threads"
    workers: int = Field(default_factory=lambda: os.cpu_count() or 1, ge=1)
    devices: int = Field(1, ge=1)
    """GPUs that a training takes; without one, as many processes."""
    providers: tuple[str, ...] = ()
    """ONNX Runtime's execution providers, best first; empty takes what is installed."""

    @model_validator(mode="after")
    def _take_the_looks_detector(self) -> "Settings":
        self.detector = self.detector or LOOKS[self.look].detector
        return self

    @property
    def limits(self) -> Limits:
        """What reading one photograph may take."""
        return Limits(self.max_pixels, self.max_megabytes, self.max_seconds)

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        return init_settings, env_settings, TomlConfigSettingsSource(settings_cls, config_file())


def config_file() -> Path:
    """Where the settings file is looked for."""
    named = os.environ.get("PROSOPON_CONFIG")
    return Path(named) if named else platformdirs.user_config_path("prosopon") / "config.toml"


def load(**flags: Any) -> Settings:
    """The settings in force; flags that are None were not given.

    Raises UsageError naming the setting and its source.
    """
    try:
        return Settings(**{name: value for name, value in flags.items() if value is not None})
    except ValidationError as error:
        problems = "; ".join(
            f"{'.'.join(map(str, problem['loc']))}: {problem['msg']} (got {problem['input']!r})"
            for problem in error.errors()
        )
        raise UsageError(f"settings: {problems}; see {config_file()} and PROSOPON_*") from error
    except ValueError as error:  # the file is no TOML
        raise UsageError(f"{config_file()}: {error}") from error
