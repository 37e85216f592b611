"""The whole way of a gate: open both versions, measure them side by side, and say what was found."""

from tuner.gating.best_size import Searching
from tuner.gating.compare import GatePreview, Measured, exit_code, gate, gate_saved, record_baseline

__all__ = ["GatePreview", "Measured", "Searching", "exit_code", "gate", "gate_saved", "record_baseline"]
