"""A chart as a file: the plot library set up the same for everybody; the same chart is the same bytes."""

from __future__ import annotations

import io
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from tuner.reporting.theme import FONT_STACK, PLOT_FONT, THEMES, Theme, ThemeName, plot_settings

if TYPE_CHECKING:
    from matplotlib.figure import Figure

PX_PER_INCH = 96
_PNG_SCALE = 2
"""Pixels of an image for each of the chart's, so that it is sharp on today's screens."""

Draw = Callable[["Figure", Theme], None]


def svg(draw: Draw, size_px: tuple[int, int], theme: ThemeName) -> str:
    """An SVG image on a transparent ground."""
    stream = io.StringIO()
    undated = dict.fromkeys(("Date", "Creator", "Format", "Type"))
    _save(draw, size_px, theme, stream, format="svg", transparent=True, metadata=undated)
    return stream.getvalue().replace(f"'{PLOT_FONT}'", FONT_STACK)


def png(draw: Draw, size_px: tuple[int, int], theme: ThemeName) -> bytes:
    """A PNG image on the theme's ground, for where a page of another colour may show it."""
    stream = io.BytesIO()
    undated = {"Software": None}
    ground, dpi = THEMES[theme].ground, PX_PER_INCH * _PNG_SCALE
    _save(draw, size_px, theme, stream, format="png", facecolor=ground, dpi=dpi, metadata=undated)
    return stream.getvalue()


def _save(
    draw: Draw,
    size_px: tuple[int, int],
    theme: ThemeName,
    stream: io.StringIO | io.BytesIO,
    **options: Any,
) -> None:
    import matplotlib.style
    from matplotlib.figure import Figure

    # A reader's own matplotlibrc must not change a report.
    with matplotlib.style.context(["default", plot_settings(THEMES[theme])]):
        figure = Figure(figsize=(size_px[0] / PX_PER_INCH, size_px[1] / PX_PER_INCH))
        draw(figure, THEMES[theme])
        figure.savefig(stream, **options)
