"""Memory and concurrency together: a faster size needs fewer environments, and both bills decide."""

from __future__ import annotations

from dataclasses import dataclass

from cost_models.pricing import Prices
from tuner.concurrency.advice import ConcurrencyAdvice, Targets, advise
from tuner.concurrency.bills import Pricing
from tuner.concurrency.quotas import Quotas
from tuner.concurrency.traffic import Traffic
from tuner.errors import NoAnswerError, UsageError
from tuner.records import Basis, Candidate, RunWarning, TuningResult
from tuner.units import format_memory


@dataclass(frozen=True, slots=True)
class Demand:
    """What is asked of a function whatever its memory size; None is unknown, or the run's own."""

    requests_per_second: float
    cold_share: float | None = None
    init_duration_ms: float | None = None


@dataclass(frozen=True, slots=True)
class SizeAdvice:
    """One memory size with the concurrency that it needs."""

    memory_mb: int
    advice: ConcurrencyAdvice


@dataclass(frozen=True, slots=True)
class JointAdvice:
    """Every size of a run with its concurrency.

    `chosen_mb` is the run's own answer, unless another size was asked for. `cheapest_provisioned_mb` makes
    the bill with provisioned concurrency least; None where that is not priced, not needed or not allowed.
    """

    function: str
    chosen_mb: int
    sizes: tuple[SizeAdvice, ...]
    cheapest_provisioned_mb: int | None
    warnings: tuple[RunWarning, ...] = ()

    @property
    def chosen(self) -> ConcurrencyAdvice:
        """The advice at the chosen size."""
        return next(size.advice for size in self.sizes if size.memory_mb == self.chosen_mb)


def advise_sizes(
    result: TuningResult,
    demand: Demand,
    targets: Targets,
    quotas: Quotas,
    prices: Prices,
    *,
    memory_mb: int | None = None,
) -> JointAdvice:
    """What each size of a run needs for the same demand. Raises `UsageError` for a size it does not have."""
    sizes = tuple(
        SizeAdvice(c.memory_mb, advise(traffic, targets, quotas, Pricing(prices, c.memory_mb)))
        for c in result.candidates
        if (traffic := traffic_at(c, demand))
    )
    chosen_mb = memory_mb or result.recommendation.candidate.memory_mb
    known = [size.memory_mb for size in sizes]
    if chosen_mb not in known:
        if memory_mb is None:
            raise NoAnswerError("the run's recommended size has no duration")
        raise UsageError(
            f"the run does not know {format_memory(chosen_mb)}",
            f"it knows {', '.join(map(format_memory, known))}",
        )
    return JointAdvice(
        function=result.measurements.function,
        chosen_mb=chosen_mb,
        sizes=sizes,
        cheapest_provisioned_mb=_cheapest_provisioned(sizes),
        warnings=_relative(result),
    )


def traffic_at(candidate: Candidate, demand: Demand) -> Traffic | None:
    """The demand at a size that ran and that nothing rules out."""
    usable = candidate.rejected is None and candidate.basis is not Basis.EXTRAPOLATED
    if candidate.duration_ms is None or not usable:
        return None
    init_duration_ms = demand.init_duration_ms
    if init_duration_ms is None and candidate.init_duration_ms:
        init_duration_ms = candidate.init_duration_ms.mean
    return Traffic(
        requests_per_second=demand.requests_per_second,
        duration_ms=candidate.duration_ms.mean,
        init_duration_ms=init_duration_ms,
        cold_share=demand.cold_share,
        billed_duration_ms=candidate.billed_duration_mean_ms,
    )


def _cheapest_provisioned(sizes: tuple[SizeAdvice, ...]) -> int | None:
    bills = [
        (bill.total, size.memory_mb)
        for size in sizes
        if 0 < size.advice.provisioned.environments <= size.advice.quotas.reservable
        and (bill := size.advice.provisioned.bill)
    ]
    return min(bills)[1] if bills else None


def _relative(result: TuningResult) -> tuple[RunWarning, ...]:
    if not result.measurements.relative:
        return ()
    message = "the run was made in a local sandbox, whose durations are true in proportion only"
    hint = "so are concurrency and dollars here; measure on AWS before you set them"
    return (RunWarning("W-RELATIVE-CONCURRENCY", message, hint),)
