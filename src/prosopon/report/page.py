"""Templates into pages: strict, escaped, and with pictures as data URIs."""

import base64
from functools import cache
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined

from prosopon import languages


def render(template: str, **values: Any) -> str:
    """Fill a template of `report/templates`. All text is escaped."""
    return environment("prosopon.report").get_template(template).render(**values)


@cache
def environment(package: str) -> Environment:
    """The templates of a package, compiled once: strict, and all text escaped."""
    made = Environment(
        extensions=["jinja2.ext.i18n"],
        loader=PackageLoader(package),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.install_gettext_callables(  # type: ignore[attr-defined]  # comes with the extension
        languages.translate, languages.translate_plural, newstyle=True
    )
    made.filters["data_uri"] = data_uri
    made.globals |= {"language": languages.current, "direction": languages.direction}
    made.filters |= {"number": languages.number_text, "share": languages.share_text}
    return made


def data_uri(picture: bytes) -> str:
    """A JPEG, PNG or SVG picture for the `src` of an `img`."""
    kind = "jpeg"
    if picture.startswith(b"\x89PNG"):
        kind = "png"
    elif picture.lstrip().startswith(b"<"):
        kind = "svg+xml"
    return f"data:image/{kind};base64,{base64.b64encode(picture).decode()}"
