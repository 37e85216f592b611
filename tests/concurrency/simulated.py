"""Profiles in a line, for tests of the simulation."""

from __future__ import annotations

from dataclasses import dataclass

from cost_models.pricing import find_prices
from tuner.concurrency.scaling import ScalingRule
from tuner.concurrency.simulation import FunctionProfile, Profile, simulate
from tuner.concurrency.simulation.arrivals import constant, recorded
from tuner.concurrency.simulation.durations import LogNormal

PRICES = find_prices("us-east-1", "x86_64")
UNBOUND = ScalingRule(immediate=1_000_000, increment=1_000_000, period_s=1)


@dataclass(frozen=True)
class Exponential:
    """The memoryless durations of the textbook's M/M queues."""

    mean_s: float

    def draw(self, rng, number):
        return rng.exponential(self.mean_s, number)


def function(name="f", *, rate=None, times=None, duration_s=1.0, **changes):
    arrivals = constant(rate) if times is None else recorded(times)
    durations = changes.pop("durations", LogNormal(duration_s))
    return FunctionProfile(name, arrivals, durations, changes.pop("memory_mb", 1024), PRICES, **changes)


def play(*functions, seconds=60.0, **changes):
    return simulate(Profile("test", seconds, functions, **changes))
