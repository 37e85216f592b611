"""The frozen records that travel between the stages. No I/O, nothing heavy imported.

Units are in the names: `_mb` (1 GB = 1024 MB), `_ms`, `_s`, `_usd`. `None` means unknown, never zero.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from tuner.plans import Prediction, SearchOutcome, SearchRecord

if TYPE_CHECKING:
    from tuner.landscape import Landscape

Condition = str | int | float | bool | None


class Outcome(StrEnum):
    """How one invocation ended."""

    OK = "ok"
    FUNCTION_ERROR = "function_error"
    TIMEOUT = "timeout"
    OUT_OF_MEMORY = "out_of_memory"
    THROTTLED = "throttled"
    UNREADABLE_LOG = "unreadable_log"


class Strategy(StrEnum):
    """What the user optimises for."""

    COST = "cost"
    SPEED = "speed"
    BALANCED = "balanced"


class Excluded(StrEnum):
    """Why an invocation that succeeded is still no sample of the warm population."""

    WARM_UP = "warm_up"
    DISTURBED = "disturbed"


@dataclass(frozen=True, slots=True)
class Invocation:
    """One call of the function, as the platform reported it.

    `duration_ms` is the handler's time without init; `billed_duration_ms` is what the platform bills,
    init included where it is billed. `cpu_time_ms` is the CPU time used by this call where the platform
    can tell. An invocation is *cold* when its environment was started for it.
    """

    memory_mb: int
    outcome: Outcome
    duration_ms: float | None = None
    billed_duration_ms: int | None = None
    init_duration_ms: float | None = None
    restore_duration_ms: float | None = None
    max_memory_used_mb: int | None = None
    cpu_time_ms: float | None = None
    environment: str | None = None
    error_type: str | None = None
    error_message: str | None = None
    excluded: Excluded | None = None
    sequence: int = 0

    @property
    def cold(self) -> bool:
        """Whether this call paid for starting its environment."""
        return self.init_duration_ms is not None or self.restore_duration_ms is not None

    @property
    def warm_sample(self) -> bool:
        """Whether this call is evidence about the warm duration."""
        return (
            self.outcome is Outcome.OK
            and not self.cold
            and self.excluded is None
            and self.duration_ms is not None
        )


@dataclass(frozen=True, slots=True)
class RunWarning:
    """Something the reader of a result must know; `code` is stable, `hint` says what to do."""

    code: str
    message: str
    hint: str | None = None


@dataclass(frozen=True, slots=True)
class FunctionSettings:
    """The setting a function has today."""

    memory_mb: int
    timeout_s: int


@dataclass(frozen=True, slots=True)
class MeasurementSet:
    """Every invocation of a run, with the conditions under which it was made.

    `relative` says that durations are true in proportion only (a local sandbox), not dollars on AWS.
    `search` says how the sizes were chosen; None where that is not known. `prediction` is what the pattern
    of computing and waiting at full speed says of every size.
    """

    target: str
    function: str
    platform: str
    invocations: tuple[Invocation, ...]
    current: FunctionSettings | None = None
    timeout_s: int = 900
    relative: bool = False
    search: SearchRecord | None = None
    prediction: Prediction | None = None
    conditions: Mapping[str, Condition] = field(default_factory=dict)
    warnings: tuple[RunWarning, ...] = ()
    seconds: float = 0.0
    _at: Mapping[int, tuple[Invocation, ...]] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        by_size: dict[int, list[Invocation]] = {}
        for invocation in self.invocations:
            by_size.setdefault(invocation.memory_mb, []).append(invocation)
        object.__setattr__(self, "_at", {size: tuple(by_size[size]) for size in sorted(by_size)})

    @property
    def memory_sizes_mb(self) -> tuple[int, ...]:
        """Every size that was invoked, ascending."""
        return tuple(self._at)

    @property
    def holds_means(self) -> bool:
        """Whether what looks like an invocation is an average of many, of unknown spread."""
        return self.conditions.get("durations") == "means"

    def at(self, memory_mb: int) -> tuple[Invocation, ...]:
        """Every invocation at one size, in the order they were made."""
        return self._at.get(memory_mb, ())

    def warm(self, memory_mb: int) -> tuple[Invocation, ...]:
        """The samples of the warm population at one size."""
        return tuple(i for i in self.at(memory_mb) if i.warm_sample)

    def warm_durations_ms(self) -> dict[int, list[float]]:
        """The warm durations [ms] by memory size, for the sizes that have any."""
        sizes = {size: self.warm(size) for size in self.memory_sizes_mb}
        return {size: [c.duration_ms or 0.0 for c in calls] for size, calls in sizes.items() if calls}

    def outcomes(self, memory_mb: int) -> Counter[Outcome]:
        """How the invocations at one size ended."""
        return Counter(i.outcome for i in self.at(memory_mb))


@dataclass(frozen=True, slots=True)
class Estimate:
    """An expected value with its 95 % interval."""

    mean: float
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class DurationSummary:
    """Warm durations at one size [ms]: quantiles of single calls; `low`..`high` bounds the *mean*.

    The quantiles are NaN where only means of calls are known.
    """

    mean: float
    p50: float
    p95: float
    p99: float
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class ColdStarts:
    """The cold calls at one size: from the environment's start to the answer [ms], and their mean cost."""

    calls: int
    duration_ms: DurationSummary
    cost_usd_per_million: float


@dataclass(frozen=True, slots=True)
class Mixture:
    """The mean call at one size where a stated share of the calls is cold."""

    cold_share: float
    duration_ms: float
    cost_usd_per_million: float


class Basis(StrEnum):
    """Where a candidate's numbers come from. Extrapolated sizes are shown, never recommended."""

    MEASURED = "measured"
    PREDICTED = "predicted"
    FITTED = "fitted"
    EXTRAPOLATED = "extrapolated"


@dataclass(frozen=True, slots=True)
class Candidate:
    """One memory size and what is known of it. A size that only failed has no duration and no cost.

    At a measured size the means are plain means of its calls, and `low`..`high` is the fitted curve's
    interval for the expected value, widened to hold the mean. `sample_*` is what its own calls say alone:
    the same mean with the 95 % interval by Student's t; None with fewer than two calls.
    """

    memory_mb: int
    vcpus: float
    basis: Basis
    invocations: int = 0
    outcomes: Mapping[Outcome, int] = field(default_factory=dict)
    duration_ms: DurationSummary | None = None
    billed_duration_mean_ms: float | None = None
    init_duration_ms: DurationSummary | None = None
    max_memory_used_mb: int | None = None
    cost_usd_per_million: Estimate | None = None
    cost_usd_per_month: float | None = None  # at the volume asked for, price tiers included
    sample_duration_ms: Estimate | None = None
    sample_cost_usd_per_million: Estimate | None = None
    cold: ColdStarts | None = None
    mixture: Mixture | None = None
    on_pareto_front: bool = False
    rejected: str | None = None  # the sentence that says why it cannot be recommended


@dataclass(frozen=True, slots=True)
class Change:
    """The recommended size against today's, in percent; negative is cheaper, or faster."""

    cost_percent: float
    duration_percent: float


@dataclass(frozen=True, slots=True)
class TimeoutAdvice:
    """A timeout [s] with the sentences that justify it."""

    timeout_s: int
    reasons: tuple[str, ...]
    warnings: tuple[RunWarning, ...] = ()


@dataclass(frozen=True, slots=True)
class Regret:
    """What a size is expected to lose against the unknown best one, relative (0.01 = 1 %).

    `bound` holds it with 90 % probability. The loss is in the strategy's aim: cost, duration, or the
    weighted sum of both.
    """

    mean: float
    bound: float


@dataclass(frozen=True, slots=True)
class Recommendation:
    """The answer for one strategy."""

    strategy: Strategy
    candidate: Candidate
    reasons: tuple[str, ...]
    expected_regret: Regret
    change_from_current: Change | None = None


@dataclass(frozen=True, slots=True)
class BandPoint:
    """The fitted curve at one size: expected duration [ms] and cost, each with its 95 % interval."""

    memory_mb: int
    duration_ms: Estimate
    cost_usd_per_million: Estimate
    extrapolated: bool = False


@dataclass(frozen=True, slots=True)
class CurveSummary:
    """What a reader needs of a duration curve; `band` is dense enough to draw."""

    family: str
    parameters: Mapping[str, float]
    family_weights: Mapping[str, float]
    fitted_range_mb: tuple[int, int]
    noise_cv: float
    deviation: float
    misfit: bool
    band: tuple[BandPoint, ...]


@dataclass(frozen=True, slots=True)
class Spent:
    """What the run itself took. The cost is None where invocations are not billed (a local sandbox)."""

    invocations: int
    memory_sizes: int
    cost_usd: float | None
    seconds: float


@dataclass(frozen=True, slots=True)
class TuningResult:
    """One use of the tool: what was measured, what follows from it, and under which conditions.

    `invocations_per_month` scales the table to dollars a month. `options` are the settings that were in
    force, as plain values, so that a replay of the saved run starts from the same ones. `landscape` is what
    the answer to other wishes would follow from; it is too large to be saved.
    """

    tool_version: str
    created_at: str
    command: str
    measurements: MeasurementSet
    curve: CurveSummary | None
    candidates: tuple[Candidate, ...]
    recommendation: Recommendation
    timeout: TimeoutAdvice
    strategies: Mapping[Strategy, Recommendation]
    search: SearchOutcome
    spent: Spent
    conditions: Mapping[str, Condition]
    invocations_per_month: int | None = None
    options: Mapping[str, Condition] = field(default_factory=dict)
    warnings: tuple[RunWarning, ...] = ()
    landscape: Landscape | None = field(default=None, compare=False, repr=False)

    def to_dict(self) -> dict[str, Any]:
        """The versioned JSON document, as `--json` prints it."""
        from tuner.document import to_document

        return to_document(self)

    @property
    def current(self) -> Candidate | None:
        """The row of today's setting, where it was measured or fitted."""
        today = self.measurements.current
        return next((c for c in self.candidates if today and c.memory_mb == today.memory_mb), None)
