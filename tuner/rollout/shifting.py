"""How traffic is shifted to a new version, in CodeDeploy's words: canary, linear, all at once."""

from __future__ import annotations

import math
from dataclasses import dataclass
from enum import StrEnum

from tuner.errors import UsageError
from tuner.units import format_percent, parse_duration_ms, parse_fraction

LONGEST_S = 48 * 3600.0
MINUTE_S = 60.0
LOOKS_AT_MOST = 60
USUAL_FRACTION, USUAL_BAKE, USUAL_EVERY = "10%", "5m", "1m"


class Shift(StrEnum):
    """The ways to shift."""

    CANARY = "canary"
    LINEAR = "linear"
    ALL_AT_ONCE = "all-at-once"


@dataclass(frozen=True, slots=True)
class Step:
    """The share of calls that the new version gets, and for how long [s]."""

    weight: float
    seconds: float


@dataclass(frozen=True, slots=True)
class Schedule:
    """The steps until everything goes to the new version. `interval_s` is how long each of them takes.

    The first steps are `skipped` where a rollout that was killed had done them.
    """

    shift: Shift
    fraction: float
    interval_s: float
    skipped: int = 0

    @property
    def steps(self) -> tuple[Step, ...]:
        """What is watched, in order; after the last step the new version gets every call."""
        if self.shift is not Shift.LINEAR:
            return (Step(self.fraction, self.interval_s),)[self.skipped :]
        count = math.ceil(round(1 / self.fraction, 6)) - 1
        numbers = range(1 + self.skipped, 1 + count)
        return tuple(Step(round(self.fraction * n, 6), self.interval_s) for n in numbers)

    @property
    def seconds(self) -> float:
        """How long it is watched [s]."""
        return sum(step.seconds for step in self.steps)

    def compared_since(self, begun: float, now: float) -> float:
        """From when on the old version's calls are read [s since 1970], in a rollout that has `begun` then.

        Where it gets none any more, those are of as long before as the new one is watched.
        """
        return begun - self.seconds if self.shift is Shift.ALL_AT_ONCE else now

    def looks(self, step: Step) -> int:
        """How often a step is looked at: once a minute, as CloudWatch counts, but not without end."""
        every = max(MINUTE_S, self.seconds / LOOKS_AT_MOST)
        return max(1, round(step.seconds / every))

    @property
    def most_looks(self) -> int:
        """How often it is looked at in all."""
        return sum(self.looks(step) for step in self.steps)

    def __str__(self) -> str:
        interval = format_span(self.interval_s)
        if self.shift is Shift.CANARY:
            return f"{format_percent(self.fraction)} of the calls for {interval}, then all"
        if self.shift is Shift.LINEAR:
            return f"{format_percent(self.fraction)} more of the calls every {interval}"
        return f"all calls at once, watched for {interval}"


def read_schedule(
    *,
    canary: str | None = None,
    linear: str | None = None,
    all_at_once: bool = False,
    bake: str | None = None,
    every: str | None = None,
) -> Schedule:
    """The schedule that options ask for; a canary of 10 % for 5 minutes if they ask for none.

    Raises `UsageError` for options that do not go together, and values that cannot be.
    """
    if (canary is not None) + (linear is not None) + all_at_once > 1:
        raise UsageError("--canary, --linear and --all-at-once exclude each other", "give one of them")
    if linear is not None:
        if bake is not None:
            raise UsageError("--bake goes with --canary and --all-at-once", "write --every with --linear")
        fraction = _fraction("--linear", linear)
        schedule = Schedule(Shift.LINEAR, fraction, _seconds("--every", every or USUAL_EVERY))
    else:
        if every is not None:
            raise UsageError("--every goes with --linear", "write --bake with --canary and --all-at-once")
        seconds = _seconds("--bake", bake or USUAL_BAKE)
        if all_at_once:
            schedule = Schedule(Shift.ALL_AT_ONCE, 1.0, seconds)
        else:
            schedule = Schedule(Shift.CANARY, _fraction("--canary", canary or USUAL_FRACTION), seconds)
    if schedule.seconds > LONGEST_S:
        raise UsageError(
            f"this rollout would take {format_span(schedule.seconds)}, and must be watched from here",
            f"stay within {format_span(LONGEST_S)}, or let CodeDeploy do it: --emit deployment-preference",
        )
    return schedule


def format_span(seconds: float) -> str:
    """A length of time to the second: `90 s`, `5 min`, `1 h 30 min`."""
    whole = round(seconds)
    if not whole or (whole < 2 * MINUTE_S and whole % MINUTE_S):
        return f"{whole} s"
    minutes, rest = divmod(whole, 60)
    hours, minutes = divmod(minutes, 60)
    return " ".join(f"{n} {unit}" for n, unit in ((hours, "h"), (minutes, "min"), (rest, "s")) if n)


def _fraction(option: str, text: str) -> float:
    try:
        fraction = parse_fraction(text)
    except ValueError as error:
        raise UsageError(f"{option}: {error}") from error
    if not 0.001 <= fraction <= 0.99:
        raise UsageError(
            f"{option}: {text} is no share between 0.1% and 99%", "for every call, write --all-at-once"
        )
    return fraction


def _seconds(option: str, text: str) -> float:
    try:
        seconds = parse_duration_ms(text) / 1000
    except ValueError as error:
        raise UsageError(f"{option}: {error}") from error
    if seconds < 1:
        raise UsageError(f"{option}: {text} is too short to watch anything", "write 5m")
    return seconds
