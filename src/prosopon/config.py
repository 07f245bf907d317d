"""Settings from file, environment and flags; the later win.

The file is TOML: `PROSOPON_CONFIG`, or `config.toml` in the user's configuration folder. Every
setting is also an environment variable, `PROSOPON_` and its name in capitals. Flags of the command
line come last.
"""

import os
from pathlib import Path
from typing import Any, Literal

import platformdirs
from pydantic import Field, ValidationError
from pydantic_settings import (
    BaseSettings,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
    TomlConfigSettingsSource,
)

from prosopon.errors import UsageError


class Settings(BaseSettings):
    """What can be set, with its defaults."""

    model_config = SettingsConfigDict(env_prefix="PROSOPON_", extra="forbid")

    collection: str = "collection.prosopon"
    """The collection: a file, or the URL of a database."""
    detector: str = "mtcnn"
    embedder: str = "dlib-resnet"
    method: str = "adaptive"
    """The clustering method."""
    smallest_face: int = Field(40, ge=10, le=2000)
    """Height in pixels, at the scale that is looked at, from which a face is looked for."""
    longest_side: int = Field(1024, ge=64, le=20000)
    """Photographs are shrunk to this before faces are looked for."""
    score_threshold: float | None = None
    """Least detector score; None takes the detector's own."""
    rotations: bool = False
    """Look at every photograph in four orientations."""
    max_pixels: int = Field(300_000_000, ge=1)
    """Larger photographs are recorded as failures and not decoded."""
    engine: Literal["serial", "threads", "processes", "ray"] = "threads"
    workers: int = Field(default_factory=lambda: os.cpu_count() or 1, ge=1)
    devices: int = Field(1, ge=1)
    """GPUs that a training takes; without one, as many processes."""
    providers: tuple[str, ...] = ()
    """ONNX Runtime's execution providers, best first; empty takes what is installed."""

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
