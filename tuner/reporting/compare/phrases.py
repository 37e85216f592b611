"""What a comparison found, in sentences."""

from __future__ import annotations

from tuner.changes import is_sure
from tuner.comparison import Comparison, Contrast
from tuner.records import Estimate
from tuner.reporting.changes import cost_in_words, interval_in_words, speed_in_words
from tuner.reporting.headline import Span
from tuner.reporting.wording import clean
from tuner.units import format_memory

NAME_LIMIT = 40
METHOD = (
    "Each run stands at the size that it recommends by itself, for its own strategy.",
    "The first run is what the others are compared with; a change is theirs against it.",
    "A change is the ratio of two means. Its 95 % interval follows from the intervals of both, which are "
    "those of each run's own report (G. Y. Zou and A. Donner, 2008). Where it holds zero, the change is "
    "inside the noise and marked by ~.",
    "Runs are made at different times. What a platform does differently from one hour to the next is in no "
    "interval; tuner gate measures two versions side by side.",
)


def build_sentence(comparison: Comparison, contrast: Contrast) -> tuple[Span, ...]:
    """`arm64 at 1,024 MB is 18 % cheaper (12 % to 24 %) than x86_64 at 512 MB; speed is inside the noise.`"""
    found = contrast.recommended
    before, after = format_memory(found.before.memory_mb), format_memory(found.after.memory_mb)
    name, other = (clean(run.name, limit=NAME_LIMIT) for run in (contrast.run, comparison.first))
    same = before == after
    than = f" than {other}, both at {after}" if same else f" than {other} at {before}"
    subject = (Span(name, strong=True), Span("" if same else f" at {after}"))
    sure = [
        words(change)
        for words, change in ((cost_in_words, found.cost), (speed_in_words, found.duration))
        if change and is_sure(change)
    ]
    doubt = [
        f"{noun} {_noise(change)}"
        for noun, change in (("cost", found.cost), ("speed", found.duration))
        if change is None or not is_sure(change)
    ]
    if not sure:
        where = f"at {after}" if same else f"at {after} and {before}"
        return (*subject[:1], Span(f" and {other} {where}: {' and '.join(doubt)}."))
    rest = f"; {doubt[0]}" if doubt else ""
    return (*subject, Span(" is "), Span(" and ".join(sure), strong=True), Span(f"{than}{rest}."))


def _noise(change: Estimate | None) -> str:
    if change is None:
        return "cannot be compared"
    return f"is the same inside the noise ({interval_in_words(change)})"
