"""The whole way of a run: plan it, measure, fit, recommend."""

from tuner.tuning.replaying import replay
from tuner.tuning.workflow import open_events, rehearse, run, run_on, tune

__all__ = ["open_events", "rehearse", "replay", "run", "run_on", "tune"]
