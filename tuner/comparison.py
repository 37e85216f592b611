"""Runs beside each other: what each recommends, how sure the differences are, and what else differs.

`compare` is a pure function of the results; `tuner.reporting.compare` puts its record into words.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from tuner.changes import mean_of, relative_change
from tuner.errors import UsageError
from tuner.records import Basis, Candidate, Condition, Estimate, RunWarning, TuningResult

MOST_RUNS = 6
"""As many as a chart can tell apart."""

CONFOUNDERS = (
    "platform",
    "strategy",
    "memory_range",
    "payload_sha256",
    "region",
    "price_date",
    "runtime",
    "mechanism",
    "cpu_model",
    "cores",
    "ephemeral_storage_mb",
    "snap_start",
)
"""Conditions that make durations or costs differ, whatever is compared; the architecture is compared."""
_NOT_ABOUT_IT = ("W-RELATIVE", "W-SMALL-TAIL")
"""Warnings that say nothing of a difference: relative runs have a notice, timeouts are not compared."""
_UNREMARKABLE = ("seed", "payload", "payloads")
_TELLING = ("architecture", "runtime", "version", "region", "strategy", "price_date")
"""What tells runs of one function apart, most telling first."""


@dataclass(frozen=True, slots=True)
class NamedRun:
    """A result under a name that no other run of the comparison has."""

    name: str
    result: TuningResult


@dataclass(frozen=True, slots=True)
class Difference:
    """One run's candidate against that of the first run; changes are fractions, negative is less."""

    before: Candidate
    after: Candidate
    duration: Estimate | None
    cost: Estimate | None


@dataclass(frozen=True, slots=True)
class Contrast:
    """A run against the first one: where each recommends to be, and at every size that both know."""

    run: NamedRun
    recommended: Difference
    sizes: tuple[Difference, ...]


@dataclass(frozen=True, slots=True)
class Disagreement:
    """A condition that is not the same in all runs: its value in each, in their order."""

    key: str
    values: tuple[Condition, ...]


@dataclass(frozen=True, slots=True)
class Comparison:
    """Two or more runs; the first is what the others are compared with."""

    runs: tuple[NamedRun, ...]
    contrasts: tuple[Contrast, ...]
    disagreements: tuple[Disagreement, ...]
    warnings: tuple[RunWarning, ...]

    @property
    def first(self) -> NamedRun:
        """What the others are compared with."""
        return self.runs[0]


def compare(results: Sequence[tuple[str, TuningResult]]) -> Comparison:
    """Compare results, each with the name of where it was saved.

    Raises `UsageError` for runs of which nothing can be said together.
    """
    if not 2 <= len(results) <= MOST_RUNS:
        raise UsageError(
            f"{len(results)} runs cannot be compared",
            f"name from two to {MOST_RUNS} runs, the baseline first",
        )
    runs = tuple(map(NamedRun, names_of(results), (result for _, result in results)))
    _refuse_mixed(runs)
    disagreements = _disagreements([conditions_of(result) for _, result in results])
    return Comparison(
        runs=runs,
        contrasts=tuple(_contrast(runs[0], run) for run in runs[1:]),
        disagreements=disagreements,
        warnings=(*_warnings(disagreements), *(w for run in runs for w in _own_warnings(run))),
    )


def conditions_of(result: TuningResult) -> dict[str, Condition]:
    """What a run was made under, as far as another run could differ in it."""
    low, high = result.search.range_mb
    known = {**result.measurements.conditions, **result.conditions}
    return {
        "platform": result.measurements.platform,
        "strategy": str(result.recommendation.strategy),
        "memory_range": f"{low:,} to {high:,} MB",
        **{key: value for key, value in known.items() if key not in _UNREMARKABLE},
    }


def names_of(results: Sequence[tuple[str, TuningResult]]) -> list[str]:
    """A name for each run: its function's; runs of one function are told apart by what differs."""
    functions = [result.measurements.function or source for source, result in results]
    if len(set(functions)) == len(functions):
        return functions
    conditions = [conditions_of(result) for _, result in results]
    readings: list[Callable[[int], Condition]] = [
        *((lambda n, key=key: conditions[n].get(key)) for key in _TELLING),
        lambda n: results[n][0],
        lambda n: results[n][1].created_at,
        lambda n: n + 1,
    ]
    told = ([str(read(n)) for n in range(len(results))] for read in readings)
    return next(names for words in told if (names := _told_apart(functions, words)))


def _told_apart(functions: Sequence[str], words: Sequence[str]) -> list[str] | None:
    """The words alone where all runs are of one function, else beside those names that are not unique."""
    counts = Counter(functions)
    if len(counts) == 1:
        names = list(words)
    else:
        names = [f if counts[f] == 1 else f"{f} ({w})" for f, w in zip(functions, words, strict=True)]
    return names if len(set(names)) == len(names) else None


def _refuse_mixed(runs: Sequence[NamedRun]) -> None:
    relative = [run for run in runs if run.result.measurements.relative]
    if relative and len(relative) < len(runs):
        other = next(run for run in runs if run not in relative)
        raise UsageError(
            f"'{relative[0].name}' was measured in a local sandbox, whose times are true in proportion only, "
            f"and '{other.name}' was not: they cannot be compared",
            "measure both in the same place",
        )


def _contrast(first: NamedRun, run: NamedRun) -> Contrast:
    before = {c.memory_mb: c for c in first.result.candidates if _is_known(c)}
    after = {c.memory_mb: c for c in run.result.candidates if _is_known(c)}
    shared = sorted(before.keys() & after.keys())
    measured = [s for s in shared if Basis.MEASURED in (before[s].basis, after[s].basis)]
    return Contrast(
        run=run,
        recommended=_difference(first.result.recommendation.candidate, run.result.recommendation.candidate),
        sizes=tuple(_difference(before[size], after[size]) for size in measured),
    )


def _is_known(candidate: Candidate) -> bool:
    return candidate.duration_ms is not None and candidate.basis is not Basis.EXTRAPOLATED


def _difference(before: Candidate, after: Candidate) -> Difference:
    durations = [mean_of(c.duration_ms) for c in (before, after) if c.duration_ms]
    costs = [c.cost_usd_per_million for c in (before, after) if c.cost_usd_per_million]
    return Difference(before, after, _change(durations), _change(costs))


def _change(known: Sequence[Estimate]) -> Estimate | None:
    return relative_change(*known) if len(known) == 2 else None


def _disagreements(conditions: Sequence[Mapping[str, Condition]]) -> tuple[Disagreement, ...]:
    keys = dict.fromkeys(key for each in conditions for key in each)
    found = (Disagreement(key, tuple(each.get(key) for each in conditions)) for key in keys)
    return tuple(each for each in found if len(set(each.values)) > 1)


def _own_warnings(run: NamedRun) -> Iterator[RunWarning]:
    """What a run says of itself, for whoever compares it."""
    for warning in dict.fromkeys(run.result.warnings):
        if warning.code not in _NOT_ABOUT_IT:
            yield replace(warning, message=f"{run.name}: {warning.message}")


def _warnings(disagreements: Sequence[Disagreement]) -> tuple[RunWarning, ...]:
    doubtful = [
        d.key.removesuffix("_sha256").replace("_", " ") for d in disagreements if d.key in CONFOUNDERS
    ]
    if not doubtful:
        return ()
    return (
        RunWarning(
            "W-CONDITIONS",
            f"the runs also differ in {', '.join(doubtful)}: a difference may come from there",
            "measure again under the same conditions; the differing ones are listed",
        ),
    )
