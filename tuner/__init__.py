"""Finds the right memory, timeout and concurrency for a serverless function.

The words, AWS's own first:

invocation
    One call of a function. A function is *invoked*; a memory size is *measured*; a *run* is
    one use of the tool.
memory size
    What a function is configured with, in MB (1 GB = 1024 MB). It buys CPU: memory / 1769 of a vCPU.
duration
    The time the handler took [ms], without init. *Billed duration* is what is paid: rounded up to 1 ms,
    init included.
init duration
    The time an execution environment took to start [ms]; `None` on a warm invocation. *Restore duration*
    is its counterpart with SnapStart.
cold, warm
    An invocation that started its environment, and one that found it running. Two
    populations, never averaged.
outcome
    How an invocation ended: `ok`, `function_error`, `timeout`, `out_of_memory`, `throttled`,
    `unreadable_log`.
measurement set
    Every invocation of a run with its conditions.
duration curve
    The expected warm duration at every memory size in the fitted range, with its uncertainty.
candidate
    One memory size with its duration and cost; its *basis* is `measured`, `fitted` or `extrapolated`.
strategy
    `cost` (cheapest), `speed` (fastest), `balanced` (weight 0 = speed, 1 = cost).
constraint
    A bound the recommendation must respect, as `--max-duration 800ms@p95`.
recommendation
    The candidate chosen, with its reasons and its timeout.
baseline, contender, verdict
    What the gate compares, and what it says.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tuner.records import TuningResult
    from tuner.tuning import tune

__version__ = "0.1.0"

__all__ = ["TuningResult", "__version__", "tune"]


def __getattr__(name: str) -> object:
    """Import the library on first use, so that `import tuner` and `tuner --help` stay quick."""
    if name == "tune":
        from tuner.tuning import tune

        return tune
    if name == "TuningResult":
        from tuner.records import TuningResult

        return TuningResult
    raise AttributeError(f"module 'tuner' has no attribute '{name}'")
