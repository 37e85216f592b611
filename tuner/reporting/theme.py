"""Colours and type of a chart, for a light and a dark page."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

ThemeName = Literal["light", "dark"]

FONT_STACK = "system-ui, -apple-system, 'Segoe UI', 'Noto Sans', Helvetica, Arial, sans-serif"
PLOT_FONT = "DejaVu Sans"
"""Comes with the plot library and is wider than the fonts of the stack: texts that fit in it fit."""
_FONT_SIZE_PT = 9.0


@dataclass(frozen=True, slots=True)
class Theme:
    """Hues of the Okabe-Ito palette, which colour-blind readers can tell apart, for one ground."""

    ink: str
    quiet: str
    grid: str
    curve: str
    recommended: str
    failed: str
    ground: str


THEMES: dict[ThemeName, Theme] = {
    "light": Theme(
        ink="#1f2328",
        quiet="#59636e",
        grid="#d8dee4",
        curve="#0072b2",
        recommended="#007a5a",
        failed="#c04a00",
        ground="#ffffff",
    ),
    "dark": Theme(
        ink="#e6edf3",
        quiet="#9198a1",
        grid="#2a313a",
        curve="#56b4e9",
        recommended="#2ec492",
        failed="#ff8f4d",
        ground="#0d1117",
    ),
}

SERIES: dict[ThemeName, tuple[str, ...]] = {
    "light": ("#0072b2", "#c04a00", "#007a5a", "#9a4a80", "#7a6200", "#59636e"),
    "dark": ("#56b4e9", "#ff8f4d", "#2ec492", "#d98cb9", "#e0c341", "#9198a1"),
}
"""A hue for each of several curves in one chart, of the same palette."""


def plot_settings(theme: Theme) -> dict[str, object]:
    """Settings of the plot library; the fixed salt makes equal charts equal files."""
    return {
        "svg.fonttype": "none",
        "svg.hashsalt": "tuner",
        "text.parse_math": False,
        "font.family": PLOT_FONT,
        "font.size": _FONT_SIZE_PT,
        "text.color": theme.ink,
        "axes.labelcolor": theme.ink,
        "axes.edgecolor": theme.grid,
        "axes.facecolor": "none",
        "axes.spines.top": False,
        "axes.spines.right": False,
        "axes.axisbelow": True,
        "figure.facecolor": "none",
        "xtick.color": theme.grid,
        "ytick.color": theme.grid,
        "xtick.labelcolor": theme.quiet,
        "ytick.labelcolor": theme.quiet,
    }
