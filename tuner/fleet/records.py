"""What a fleet is made of: frozen records, no I/O. Amounts and counts of a month are of 30 days."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from enum import StrEnum

from cost_models.pricing import LineItem
from tuner.records import Estimate, RunWarning

DAYS_PER_MONTH = 30


class Confidence(StrEnum):
    """What a saving rests on, the surest first."""

    MEASURED = "measured"  # production ran at several sizes
    FITTED = "fitted"  # the curve of a run
    BOUNDED = "bounded"  # one size was seen, so only the most that could be saved is known
    UNKNOWN = "not known"


class FlagCode(StrEnum):
    """What is worth a look, beside the memory size."""

    UNDER_PROVISIONED = "under_provisioned"
    OVER_PROVISIONED = "over_provisioned"
    TIMEOUT_NEAR_TAIL = "timeout_near_tail"
    TIMEOUT_TOO_LONG = "timeout_too_long"
    BILLED_ERRORS = "billed_errors"
    THROTTLED = "throttled"
    SWITCHED_OFF = "switched_off"
    DEPRECATED_RUNTIME = "deprecated_runtime"
    NEVER_INVOKED = "never_invoked"
    ARM64_CANDIDATE = "arm64_candidate"


@dataclass(frozen=True, slots=True)
class Flag:
    """A flag with the sentence that says why. `source` is the page that it rests on."""

    code: FlagCode
    text: str
    source: str | None = None


@dataclass(frozen=True, slots=True)
class Saving:
    """Dollars a month: `mean` with its 95 % interval, or where only bounds are known, these alone."""

    confidence: Confidence
    mean: float | None = None
    low: float | None = None
    high: float | None = None

    @property
    def ranked_usd(self) -> float | None:
        """What a function is ranked by: what is expected, else the most that is possible."""
        return self.high if self.mean is None else self.mean


UNKNOWN = Saving(Confidence.UNKNOWN)


@dataclass(frozen=True, slots=True, kw_only=True)
class Observed:
    """Everything that is known of a function before judging it. None is not known.

    `key` is unique in a fleet: the ARN, or the name in an archive. `days` is how long it was looked at. The
    counts are of that period, `billed_ms` too. `floor_mb` is the least memory that leaves headroom.
    """

    key: str
    function: str
    target: str | None = None
    profile: str | None = None
    account: str | None = None
    region: str | None = None
    memory_mb: int | None = None
    timeout_s: int | None = None
    runtime: str | None = None
    architecture: str | None = None
    ephemeral_mb: int = 512
    reserved_concurrency: int | None = None
    provisioned_environments: int | None = None
    days: float | None = None
    invocations: int | None = None
    failed: int | None = None
    throttled: int | None = None
    billed_ms: float | None = None
    mean_ms: float | None = None
    p95_ms: float | None = None
    max_ms: float | None = None
    peak_concurrency: int | None = None
    max_memory_used_mb: int | None = None
    floor_mb: int | None = None

    @property
    def per_month(self) -> float | None:
        """What to multiply counts of the period by; None where it is not known."""
        return DAYS_PER_MONTH / self.days if self.days else None

    @property
    def invocations_per_month(self) -> float | None:
        """How often it is invoked in 30 days."""
        factor = self.per_month
        return None if self.invocations is None or factor is None else self.invocations * factor

    @property
    def failed_share(self) -> float | None:
        """The share of the invocations that failed."""
        return self.failed / self.invocations if self.invocations and self.failed is not None else None


@dataclass(frozen=True, slots=True)
class FleetFunction:
    """One function, judged. `bill` is of a month; None where it cannot be priced."""

    observed: Observed
    bill: tuple[LineItem, ...] | None
    saving: Saving
    best_memory_mb: int | None
    reasons: tuple[str, ...]
    flags: tuple[Flag, ...]

    @property
    def cost_usd(self) -> Decimal | None:
        """The bill of a month."""
        return None if self.bill is None else sum((item.amount for item in self.bill), Decimal(0))


class Ending(StrEnum):
    """How the tuning of one function ended."""

    DONE = "done"
    FAILED = "failed"
    INTERRUPTED = "interrupted"
    NOT_STARTED = "not_started"


@dataclass(frozen=True, slots=True)
class Attempt:
    """What came of tuning one function; with `done` the answer, else why there is none.

    `spent_usd` is None where it cannot be known: then all that was reserved counts as spent. `now` and `best`
    are dollars per million calls at today's size and at the best one. `run_file` is the text of the run file.
    """

    key: str
    ending: Ending
    spent_usd: float | None = None
    invocations: int = 0
    memory_mb: int | None = None
    current_memory_mb: int | None = None
    timeout_s: int | None = None
    now: Estimate | None = None
    best: Estimate | None = None
    conclusive: bool = False
    message: str | None = None
    hint: str | None = None
    run_file: str | None = field(default=None, repr=False, compare=False)


@dataclass(frozen=True, slots=True)
class Campaign:
    """What tuning the first functions of a fleet came to, by key."""

    attempts: Mapping[str, Attempt]
    spent_usd: float
    max_spend_usd: float | None
    folder: str
    interrupted: bool = False

    @property
    def any_done(self) -> bool:
        """Whether any function was tuned."""
        return any(attempt.ending is Ending.DONE for attempt in self.attempts.values())


@dataclass(frozen=True, slots=True)
class Fleet:
    """All functions in their order. `source` is aws, logs or targets; `metrics_usd` is what asking cost."""

    functions: tuple[FleetFunction, ...]
    source: str
    price_date: str | None = None
    metrics_usd: float | None = None
    warnings: tuple[RunWarning, ...] = ()
    campaign: Campaign | None = None
    interrupted: bool = False
