"""What the sources share: the work, the pace at which it is taken, and the time that a backlog takes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

MANY = 100
"""As good as without end: so many attempts of an event that is never given up."""


@dataclass(frozen=True, slots=True)
class Work:
    """Events that arrive at a rate, and a backlog of them at t = 0.

    `duration_ms` is that of one invocation, a whole batch where there are batches. `failed_share` of the
    invocations fail. `limit` is the concurrency that the function may have: its reservation, else the pool.
    """

    events_per_second: float
    duration_ms: float
    limit: int
    backlog: int = 0
    failed_share: float = 0.0
    timeout_s: int | None = None


@dataclass(frozen=True, slots=True)
class Pace:
    """The concurrency that a source uses from a time [s] on."""

    t_s: float
    concurrency: int


@dataclass(frozen=True, slots=True)
class Outlook:
    """What a source needs and does. `drain_s` is None where the backlog is never done, or cannot wait.

    `needed_concurrency` keeps up with the arrivals. `findings` say what fails when the limit is too low,
    `timeout_advice` which timeouts go with it.
    """

    needed_concurrency: float
    paces: tuple[Pace, ...]
    drain_s: float | None
    findings: tuple[str, ...]
    timeout_advice: tuple[str, ...]


def paces(start: int, step: int, period_s: float, most: int) -> tuple[Pace, ...]:
    """A concurrency that starts somewhere and grows by steps up to the most."""
    found = [Pace(0.0, min(start, most))]
    while found[-1].concurrency < most:
        found.append(Pace(found[-1].t_s + period_s, min(most, found[-1].concurrency + step)))
    return tuple(found)


def limited(steps: Sequence[Pace], limit: int) -> tuple[Pace, ...]:
    """The pace where no more than a limit may run."""
    within = [step for step in steps if step.concurrency < limit]
    return (*within, Pace(steps[len(within)].t_s, limit)) if len(within) < len(steps) else tuple(within)


def drain_time_s(work: Work, steps: Sequence[Pace], events_each: float) -> float | None:
    """When the backlog is done [s], where each invocation takes `events_each` events; None for never.

    The backlog may grow before it shrinks: arrivals go on all the time.
    """
    left = float(work.backlog)
    rates = [work.events_per_second - s.concurrency * events_each / (work.duration_ms / 1000) for s in steps]
    for (now, following), growth in zip(pairwise(steps), rates, strict=False):
        length = following.t_s - now.t_s
        if growth < 0 and left + growth * length <= 0:
            return now.t_s - left / growth
        left += growth * length
    if left <= 0:
        return 0.0
    return steps[-1].t_s - left / rates[-1] if rates[-1] < 0 else None


def attempts(failed_share: float, most: int) -> float:
    """The mean number of attempts of an event, where each fails by itself and there are at most so many."""
    return sum(failed_share**n for n in range(most))
