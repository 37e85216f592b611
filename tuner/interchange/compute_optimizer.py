"""Recommendations of AWS Compute Optimizer: an export as CSV, or GetLambdaFunctionRecommendations' answer.

Of each function they hold the average duration at today's size, and projected ones at up to three others.
https://docs.aws.amazon.com/compute-optimizer/latest/APIReference/API_ExportLambdaFunctionRecommendations.html
names the columns; https://docs.aws.amazon.com/compute-optimizer/latest/APIReference/API_LambdaFunctionRecommendation.html
the members of the answer.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from cost_models.errors import did_you_mean
from tuner.errors import UsageError
from tuner.interchange.delimited import Delimited
from tuner.interchange.means import Imported, checked_means, finite_number, imported_means
from tuner.option_values import read_timeout_s
from tuner.platforms.aws.names import FunctionName, parse_function_name
from tuner.records import FunctionSettings, RunWarning
from tuner.units import check_memory_mb, format_memory

KIND = "averages of production"
ANSWER_KEY = "lambdaFunctionRecommendations"
_NAMES_SHOWN = 20
_OPTIONS_MAX = 10


@dataclass(frozen=True, slots=True)
class Recommendation:
    """What is said of one function: sizes [MB] and durations [ms] as they stand, None where left out."""

    arn: str
    memory_mb: Any
    duration_ms: Any
    timeout_s: Any = None
    max_memory_used_mb: Any = None
    projected: tuple[tuple[Any, Any], ...] = ()

    @property
    def function(self) -> FunctionName:
        """The function as a target names it."""
        return parse_function_name(self.arn)


def is_export(header: tuple[str, ...]) -> bool:
    """Whether a header is that of an export of recommendations for functions."""
    return {"functionarn", "currentconfigurationmemorysize"} <= {_plain(name) for name in header}


def is_answer(document: Any) -> bool:
    """Whether a JSON document is an answer of GetLambdaFunctionRecommendations."""
    return isinstance(document, dict) and ANSWER_KEY in document


def from_export(table: Delimited) -> tuple[Recommendation, ...]:
    """The functions in an export. Columns are known with and without the underscores between their words."""
    return tuple(_from_row({_plain(name): cell for name, cell in row.items()}) for row in table.rows)


def from_answer(document: Mapping[str, Any]) -> tuple[Recommendation, ...]:
    """The functions in an answer. Raises `UsageError` where it has not the documented form."""
    found = document[ANSWER_KEY]
    if not isinstance(found, list) or not all(isinstance(entry, dict) for entry in found):
        raise UsageError(f"{ANSWER_KEY} is not a list of objects")
    return tuple(_from_entry(entry) for entry in found)


def imported_function(found: tuple[Recommendation, ...], name: str | None, *, target: str) -> Imported:
    """The means of one function of these; `name` is needed where there are several.

    Raises `UsageError` for a name that is not there, and for a function without an average duration.
    """
    chosen = _chosen(found, name)
    if chosen.duration_ms is None:
        raise UsageError(
            f"of {chosen.function} the file has no average duration",
            "export it with the field UtilizationMetricsDurationAverage",
        )
    means = checked_means(
        ((size, duration, None) for size, duration in _points(chosen)), f"the function {chosen.function}"
    )
    today = check_memory_mb(float(chosen.memory_mb))
    try:
        used, current = _peak_mb(chosen), _settings(chosen, today)
    except ValueError as error:
        raise UsageError(f"the function {chosen.function}: {error}") from None
    means = tuple(replace(m, max_memory_used_mb=used) if m.memory_mb == today else m for m in means)
    others = ", ".join(format_memory(m.memory_mb) for m in means if m.memory_mb != today)
    projected = RunWarning(
        "W-PROJECTED",
        f"only {format_memory(today)} was measured; {others} are projections of Compute Optimizer",
        f"measure them: tuner run {chosen.arn.removesuffix(':$LATEST')}",
    )
    return imported_means(
        means,
        target=target,
        function=str(chosen.function),
        kind=KIND,
        current=current,
        region=chosen.function.region,
        warnings=[projected] if others else [],
    )


def _peak_mb(chosen: Recommendation) -> int | None:
    used = chosen.max_memory_used_mb
    return None if used is None else round(finite_number(used, "a memory use [MB]"))


def _settings(chosen: Recommendation, today: int) -> FunctionSettings | None:
    """Today's setting, where the timeout is told too."""
    timeout = chosen.timeout_s
    if timeout is None:
        return None
    return FunctionSettings(today, read_timeout_s(finite_number(timeout, "a timeout [s]")))


def _points(chosen: Recommendation) -> Iterator[tuple[Any, Any]]:
    yield chosen.memory_mb, chosen.duration_ms
    yield from (point for point in chosen.projected if point[1] is not None)


def _chosen(found: tuple[Recommendation, ...], name: str | None) -> Recommendation:
    if not found:
        raise UsageError("the file has no function", "Compute Optimizer needs 50 invocations in 14 days")
    exact = [r for r in found if name in (r.arn, str(r.function))]
    matching = exact or [r for r in found if name in (None, r.function.name)]
    if len(matching) == 1:
        return matching[0]
    names = [str(r.function) for r in found]
    if not matching:
        raise UsageError(f"the file has no function '{name}'", did_you_mean(str(name), names[:_NAMES_SHOWN]))
    shown = ", ".join(str(r.function) for r in matching[:_NAMES_SHOWN])
    more = f" and {len(matching) - _NAMES_SHOWN} more" if len(matching) > _NAMES_SHOWN else ""
    raise UsageError(
        f"the file has {len(matching)} functions{f' that are called {name}' if name else ''}: {shown}{more}",
        "name one of them behind a #, as in replay:FILE#NAME",
    )


def _from_row(row: Mapping[str, str]) -> Recommendation:
    options = (f"recommendationoptions{n}" for n in range(1, _OPTIONS_MAX + 1))
    return Recommendation(
        arn=row.get("functionarn", ""),
        memory_mb=row.get("currentconfigurationmemorysize"),
        duration_ms=row.get("utilizationmetricsdurationaverage"),
        timeout_s=row.get("currentconfigurationtimeout"),
        max_memory_used_mb=row.get("utilizationmetricsmemorymaximum"),
        projected=tuple(
            (row[f"{o}configurationmemorysize"], row.get(f"{o}projectedutilizationmetricsdurationexpected"))
            for o in options
            if f"{o}configurationmemorysize" in row
        ),
    )


def _from_entry(entry: Mapping[str, Any]) -> Recommendation:
    used = _metrics(entry.get("utilizationMetrics"))
    options = entry.get("memorySizeRecommendationOptions")
    return Recommendation(
        arn=str(entry.get("functionArn", "")),
        memory_mb=entry.get("currentMemorySize"),
        duration_ms=used.get(("Duration", "Average")),
        max_memory_used_mb=used.get(("Memory", "Maximum")),
        projected=tuple(
            (
                option.get("memorySize"),
                _metrics(option.get("projectedUtilizationMetrics")).get(("Duration", "Expected")),
            )
            for option in (options if isinstance(options, list) else ())
            if isinstance(option, dict)
        ),
    )


def _metrics(found: Any) -> dict[tuple[Any, Any], Any]:
    """Metric values by name and statistic."""
    entries = found if isinstance(found, list) else []
    return {(e.get("name"), e.get("statistic")): e.get("value") for e in entries if isinstance(e, dict)}


def _plain(name: str) -> str:
    return name.replace("_", "").lower()
