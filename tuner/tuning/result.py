"""From an analysis to the result that is shown, saved and compared."""

from __future__ import annotations

import shlex
from datetime import UTC, datetime

import tuner
from tuner.analysis import Analysis, price_of
from tuner.fit import DurationCurve
from tuner.measure.quality import outcome_warnings, timeout_warnings
from tuner.options import CONNECTION_OPTIONS, OPTION_FIELDS, plain
from tuner.price_age import old_prices_warning
from tuner.records import RunWarning, Spent, TuningResult
from tuner.search.outcome import edge_warning, outcome_of, outcome_warning
from tuner.settings import Settings
from tuner.timeout import recommend_timeout


def result_of(settings: Settings, analysis: Analysis) -> TuningResult:
    """Everything that follows from an analysis, with what the user asked for."""
    options, measurements = settings.options, analysis.measurements
    recommendation = analysis.advice.recommendations[options.strategy]
    size = recommendation.candidate.memory_mb
    timeout = recommend_timeout(size, analysis.curve, measurements, options.trigger)
    prices = analysis.prices
    unbilled = measurements.relative or measurements.holds_means
    cost = None if unbilled else sum(map(price_of(prices), measurements.invocations))
    spent = Spent(
        invocations=len(measurements.invocations),
        memory_sizes=len(measurements.memory_sizes_mb),
        cost_usd=cost,
        seconds=measurements.seconds,
    )
    imported = measurements.search is None
    search = outcome_of(measurements, recommendation.expected_regret, spent, options.regret_target)
    return TuningResult(
        tool_version=tuner.__version__,
        created_at=datetime.now(UTC).isoformat(timespec="seconds"),
        command=_command(settings),
        measurements=measurements,
        curve=analysis.advice.curve,
        candidates=analysis.advice.candidates,
        recommendation=recommendation,
        timeout=timeout,
        strategies=analysis.advice.recommendations,
        landscape=analysis.advice.landscape,
        search=search,
        spent=spent,
        conditions={
            **measurements.conditions,
            "architecture": prices.architecture,
            "region": prices.region,
            "price_date": prices.price_date,
        },
        invocations_per_month=options.invocations_per_month,
        # An event and a caller's identity stay out of run files.
        options=plain(options) | dict.fromkeys(("payload", "payload_weighted", *CONNECTION_OPTIONS)),
        warnings=(
            *measurements.warnings,
            *filter(None, [old_prices_warning(prices, datetime.now(UTC).date())]),
            *outcome_warning(search, recommendation, spent, imported=imported),
            *(
                ()
                if measurements.relative
                else edge_warning(search, recommendation, options.max_memory, imported=imported)
            ),
            *outcome_warnings(measurements),
            *timeout_warnings(measurements),
            *_curve_warnings(analysis.curve),
            *timeout.warnings,
        ),
    )


def _curve_warnings(curve: DurationCurve) -> tuple[RunWarning, ...]:
    if not curve.misfit:
        return ()
    return (
        RunWarning(
            "W-MISFIT",
            "no known curve describes these durations within their noise; "
            f"they depart from the nearest by about {curve.deviation * 100:.0f} %, and intervals are wider",
            "measure more sizes where the band in the chart is wide",
        ),
    )


def _command(settings: Settings) -> str:
    """The command that repeats the run; a literal payload is left out of it."""
    words = ["tuner", "run", settings.target.name]
    given = plain(settings.options)
    for name in OPTION_FIELDS:
        if name not in settings.given or given[name] is None:
            continue
        value = given[name]
        flag = f"--{name.replace('_', '-')}"
        text = ",".join(map(str, value)) if isinstance(value, list) else str(value)
        if _is_event(name, text):
            text = "@PAYLOAD-FILE"
        words += [flag] if value is True else [flag, text]
    return shlex.join(words)


def _is_event(option: str, text: str) -> bool:
    """Whether the value of an option is an event itself, and not where one is."""
    if option == "payload_weighted":
        return text.lstrip().startswith("[")
    return option == "payload" and not text.startswith(("@", "s3://"))
