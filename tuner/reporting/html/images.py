"""Charts that are part of a page, in the colours of its theme."""

from __future__ import annotations

from dataclasses import fields

from markupsafe import Markup

from tuner.reporting.theme import SERIES, THEMES

MOST_POINTS = 300
"""Of more sizes or runs an image would make the page too large to pass on."""


def themed(svg: str) -> Markup:
    """A chart that was drawn for the light theme, as an element that follows the theme of its page."""
    light, dark = THEMES["light"], THEMES["dark"]
    pairs = dict(zip(SERIES["light"], SERIES["dark"], strict=True))
    pairs |= {getattr(light, f.name): getattr(dark, f.name) for f in fields(light)}
    for of_light, of_dark in pairs.items():
        svg = svg.replace(of_light, f"light-dark({of_light}, {of_dark})")
    return Markup(svg[svg.index("<svg") :])  # drawn by us; the plot library escapes what texts it is given
