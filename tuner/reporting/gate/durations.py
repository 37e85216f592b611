"""The warm durations of both versions, as a picture and its description need them."""

from __future__ import annotations

import math
from dataclasses import dataclass

from tuner.gate.result import GateResult
from tuner.reporting.wording import clean, duration_range
from tuner.units import counted, format_duration

_MOST_DOTS = 240
"""More calls than that are drawn by as many of their quantiles."""


@dataclass(frozen=True, slots=True)
class Strip:
    """The durations of one version [ms], ascending, and their plain mean."""

    title: str
    calls: int
    durations_ms: tuple[float, ...]
    mean_ms: float

    @property
    def dots_ms(self) -> tuple[float, ...]:
        """A dot for each call, or where there are too many, for each of evenly spread quantiles."""
        if self.calls <= _MOST_DOTS:
            return self.durations_ms
        step = (self.calls - 1) / (_MOST_DOTS - 1)
        return tuple(self.durations_ms[round(i * step)] for i in range(_MOST_DOTS))


def strips_of(result: GateResult) -> tuple[Strip, ...]:
    """The versions that have warm durations, baseline first."""
    titles = ("baseline", "now")
    return tuple(
        Strip(title, len(durations), tuple(sorted(durations)), math.fsum(durations) / len(durations))
        for title, durations in zip(titles, result.durations_ms, strict=True)
        if durations
    )


def describe_durations(result: GateResult) -> str:
    """The picture in words, for those who cannot see it."""
    sentences = [f"Warm durations of {clean(result.function)}, a dot for each call."]
    for strip in strips_of(result):
        low, high = strip.durations_ms[0], strip.durations_ms[-1]
        sentences.append(
            f"{strip.title.capitalize()}: {counted(strip.calls, 'call')}, {duration_range(low, high)}, "
            f"mean {format_duration(strip.mean_ms)}."
        )
    return " ".join(sentences)
