"""An event-driven simulation of an account: functions, their pools, cold starts and the scaling rule.

`load_profile` reads what is simulated, `simulate` plays it. The rules are those of AWS Lambda for synchronous
invocation; docs/concurrency.md lists them with their sources.
"""

from __future__ import annotations

from tuner.concurrency.simulation.profile import FunctionProfile, Profile
from tuner.concurrency.simulation.profile_file import load_profile
from tuner.concurrency.simulation.result import SimulationResult
from tuner.concurrency.simulation.run import simulate

__all__ = ["FunctionProfile", "Profile", "SimulationResult", "load_profile", "simulate"]
