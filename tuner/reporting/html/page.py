"""The skeleton of every page: one file that loads nothing, in a light and a dark theme.

Texts are escaped by the template engine, data by `embedded`; scripts run only where their hash is in the
page's own policy, so a text that slipped through could not run either.
"""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import fields
from functools import cache
from importlib.resources import files
from typing import Any

import jinja2
from markupsafe import Markup

from tuner.document import finite
from tuner.reporting.theme import THEMES

_FOLDER = files(__package__)
_STYLES = ("base.css", "parts.css", "charts.css")
_ALWAYS = ("theme.js", "tables.js")
CHART_LIBRARY = ("d3.min.js", "plot.min.js")
_ESCAPES = {ord(c): f"\\u{ord(c):04x}" for c in "<>&\u2028\u2029"}


def render_page(
    template: str,
    *,
    title: str,
    scripts: Sequence[str] = (),
    styles: Sequence[str] = (),
    charts: bool = False,
    data: Mapping[str, Any] | None = None,
    **texts: Any,
) -> str:
    """A whole page.

    Args:
        template: a template that extends `page.html`; `texts` are its variables.
        scripts: modules of `scripts/`, in order; they share one scope, and the last one starts the page.
        styles: sheets of `style/` beside those that every page has.
        charts: whether the scripts need the chart library.
        data: what the scripts read, as JSON values.
    """
    library = [_source("vendor", name) for name in CHART_LIBRARY] if charts else []
    modules = "\n".join(_source("scripts", name) for name in (*_ALWAYS, *scripts))
    sources = [*library, f'(() => {{\n"use strict";\n{modules}\n}})();']
    return (
        _templates()
        .get_template(template)
        .render(
            title=title,
            policy=_policy(sources),
            colours=_colours(),
            style=Markup("\n".join(_source("style", name) for name in (*_STYLES, *styles))),
            scripts=[Markup(source) for source in sources],
            data=None if data is None else Markup(embedded(data)),
            **texts,
        )
    )


def embedded(data: Mapping[str, Any]) -> str:
    """JSON that cannot end the element it stands in; NaN and infinity are null."""
    text = json.dumps(finite(data), ensure_ascii=False, separators=(",", ":"), allow_nan=False)
    return text.translate(_ESCAPES)


def _policy(sources: Sequence[str]) -> str:
    """Nothing is loaded from anywhere, and no script runs but these."""
    hashes = " ".join(f"'sha256-{_sha256(source)}'" for source in sources)
    return (
        f"default-src 'none'; script-src {hashes}; style-src 'unsafe-inline'; img-src data:; "
        "base-uri 'none'; form-action 'none'"
    )


def _sha256(source: str) -> str:
    return base64.b64encode(hashlib.sha256(source.encode()).digest()).decode()


@cache
def _source(folder: str, name: str) -> str:
    return (_FOLDER / folder / name).read_text(encoding="utf-8")


@cache
def _templates() -> jinja2.Environment:
    return jinja2.Environment(
        loader=jinja2.FunctionLoader(lambda name: _source("templates", name)),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )


def _colours() -> list[tuple[str, str, str]]:
    """Name, light and dark of each colour of the charts."""
    light, dark = THEMES["light"], THEMES["dark"]
    return [(f.name, getattr(light, f.name), getattr(dark, f.name)) for f in fields(light)]
