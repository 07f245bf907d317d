"""Templates into pages: strict, escaped, and with pictures as data URIs."""

import base64
from functools import cache
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined


def render(template: str, **values: Any) -> str:
    """Fill a template of `report/templates`. All text is escaped."""
    return _environment().get_template(template).render(**values)


@cache
def _environment() -> Environment:
    environment = Environment(
        loader=PackageLoader("prosopon.report"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["data_uri"] = data_uri
    environment.filters["number"] = lambda value: f"{value:,}".replace(",", "\N{NO-BREAK SPACE}")
    return environment


def data_uri(picture: bytes) -> str:
    """A JPEG, PNG or SVG picture for the `src` of an `img`."""
    kind = "jpeg"
    if picture.startswith(b"\x89PNG"):
        kind = "png"
    elif picture.lstrip().startswith(b"<"):
        kind = "svg+xml"
    return f"data:image/{kind};base64,{base64.b64encode(picture).decode()}"
