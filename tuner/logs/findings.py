"""What an archive says of its functions: frozen records, in the order in which a reader asks."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum

from cost_models.pricing import LineItem, Prices
from tuner.records import Outcome, RunWarning


@dataclass(frozen=True, slots=True)
class Spread:
    """Percentiles of single calls [ms] (`p50` to `p999`) with what bounds them."""

    count: int
    percentiles: Mapping[str, float]
    mean: float | None = None
    max: float | None = None


@dataclass(frozen=True, slots=True)
class SizeFindings:
    """A function at one memory size; None of it is where the log does not say.

    `billed` is how many of the invocations say what was billed; the cost is theirs.
    """

    memory_mb: int | None
    invocations: int
    outcomes: Mapping[Outcome, int]
    duration_ms: Spread
    warm_ms: Spread | None
    cold_ms: Spread | None
    init_ms: Spread | None
    restore_ms: Spread | None
    billed: int
    billed_ms: int
    used_p50_mb: float | None
    used_max_mb: int | None
    slowest_ok_ms: float | None
    timeout_max_ms: float | None
    last_us: int | None
    bill: tuple[LineItem, ...] = ()

    @property
    def cost_usd(self) -> Decimal | None:
        """The bill of the period; None where nothing could be priced."""
        return sum((item.amount for item in self.bill), Decimal(0)) if self.bill else None


@dataclass(frozen=True, slots=True)
class VersionFindings:
    """A version of a function at one memory size."""

    version: str | None
    memory_mb: int | None
    invocations: int
    failed: int
    duration_ms: Spread


@dataclass(frozen=True, slots=True)
class Load:
    """When a function is called. `hours_of_day` has 24 counts (UTC); the busiest hour is of one day."""

    hours_of_day: tuple[int, ...]
    busiest_hour_invocations: int


@dataclass(frozen=True, slots=True)
class MemoryAdvice:
    """The memory size, or why none can be named: then `memory_mb` is None."""

    memory_mb: int | None
    reasons: tuple[str, ...]
    basis: str
    saving_usd_per_month: float | None = None
    saving_low_usd: float | None = None
    saving_high_usd: float | None = None


@dataclass(frozen=True, slots=True)
class LogAdvice:
    """What to set; None where the log does not tell."""

    memory_floor_mb: int | None
    timeout_s: int | None
    reserved_concurrency: int | None
    provisioned_concurrency: int | None
    memory: MemoryAdvice
    reasons: tuple[str, ...]


class PeakBasis(StrEnum):
    """What a peak of concurrency was read off."""

    RECORDS = "records"  # overlapping calls, exact
    METRIC = "metric"  # CloudWatch's ConcurrentExecutions
    MEAN = "mean"  # Little's law, the mean of the busiest period: the peak is no lower


@dataclass(frozen=True, slots=True)
class FunctionFindings:
    """Everything that the archive says of a function."""

    function: str
    by_memory: tuple[SizeFindings, ...]
    by_version: tuple[VersionFindings, ...]
    peak_concurrency: int | None
    load: Load | None
    first_us: int | None
    last_us: int | None
    peak_basis: PeakBasis = PeakBasis.RECORDS
    advice: LogAdvice | None = None

    @property
    def invocations(self) -> int:
        """How often it was invoked, at any size."""
        return sum(size.invocations for size in self.by_memory)

    @property
    def current(self) -> SizeFindings:
        """The memory size of the latest call; where times are not known, of the most calls."""
        return max(self.by_memory, key=lambda size: (size.last_us or 0, size.invocations))

    @property
    def cost_usd(self) -> Decimal | None:
        """The bill of the period over all sizes that could be priced."""
        known = [size.cost_usd for size in self.by_memory if size.cost_usd is not None]
        return sum(known, Decimal(0)) if known else None


@dataclass(frozen=True, slots=True)
class Unreadable:
    """Lines that look like a record and hold none: how many, and the first of them."""

    lines: int = 0
    samples: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ReadSoFar:
    """How much of the sources was read."""

    files: int
    files_read: int
    bytes: int
    bytes_read: int


@dataclass(frozen=True, slots=True)
class LogFindings:
    """One use of `tuner logs`. Functions stand by falling cost."""

    functions: tuple[FunctionFindings, ...]
    unreadable: Unreadable
    read: ReadSoFar
    prices: Prices
    interrupted: bool
    warnings: tuple[RunWarning, ...]
