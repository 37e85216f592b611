"""What to think of a sample: disturbed calls, failures, sizes with too little evidence."""

from __future__ import annotations

from dataclasses import replace

from tuner.records import Excluded, Invocation, MeasurementSet, Outcome, RunWarning

FEWEST_SAMPLES = 3


def pardon_disturbed(
    invocations: tuple[Invocation, ...],
) -> tuple[tuple[Invocation, ...], tuple[RunWarning, ...]]:
    """Take disturbed samples back at sizes that would otherwise have too few, and say so.

    On a machine that is busy all the time there are no quiet samples; noisy evidence, named, beats none.
    """
    sizes = sorted({i.memory_mb for i in invocations if i.excluded is Excluded.DISTURBED})
    starved = {
        size
        for size in sizes
        if sum(i.warm_sample for i in invocations if i.memory_mb == size) < FEWEST_SAMPLES
    }
    pardoned = tuple(
        replace(i, excluded=None) if i.excluded is Excluded.DISTURBED and i.memory_mb in starved else i
        for i in invocations
    )
    if not starved:
        return pardoned, ()
    names = ", ".join(f"{size:,} MB" for size in sorted(starved))
    warning = RunWarning(
        "W-DISTURBED",
        f"other processes used the CPU throughout; disturbed samples were kept at {names}",
        "close other programs and measure again",
    )
    return pardoned, (warning,)


def outcome_warnings(measurements: MeasurementSet) -> tuple[RunWarning, ...]:
    """Sizes where some calls failed and some succeeded; sizes that only failed are rows of the table."""
    warnings = []
    for size in measurements.memory_sizes_mb:
        outcomes = measurements.outcomes(size)
        failed = sum(count for outcome, count in outcomes.items() if outcome is not Outcome.OK)
        if failed and outcomes[Outcome.OK]:
            kinds = ", ".join(
                sorted(str(outcome).replace("_", " ") for outcome in outcomes if outcome is not Outcome.OK)
            )
            warnings.append(
                RunWarning(
                    "W-FAILURES",
                    f"{failed} of {outcomes.total()} invocations at {size:,} MB failed ({kinds})",
                    "failed invocations are billed too; look at the function's log before trusting its cost",
                )
            )
    return tuple(warnings)


def timeout_warnings(measurements: MeasurementSet) -> tuple[RunWarning, ...]:
    """Sizes that only timed out: what they would have taken is not known, only that it is more."""
    sizes = [
        size for size in measurements.memory_sizes_mb if set(measurements.outcomes(size)) == {Outcome.TIMEOUT}
    ]
    if not sizes:
        return ()
    names = ", ".join(f"{size:,} MB" for size in sizes)
    message = f"{names} never finished within the timeout of {measurements.timeout_s} s"
    return (RunWarning("W-TIMED-OUT", message, "if a longer timeout is acceptable, measure with --timeout"),)
