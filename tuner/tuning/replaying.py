"""Analysing again what was measured before, here or by another tool; nothing is invoked."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from tuner.analysis import analyse, prices_of
from tuner.errors import UsageError
from tuner.interchange.means import Imported, cost_warnings, refuse_unknown_percentile
from tuner.interchange.reading import read_results
from tuner.options import OPTION_FIELDS, RunOptions
from tuner.records import MeasurementSet, RunWarning, TuningResult
from tuner.runfile import Origin, SavedRun
from tuner.settings import Settings, Target, read_options
from tuner.tuning.result import result_of

MOST_SIZES = 400
"""The work of a fit grows with the cube of its sizes; no run has as many."""


def replay_settings(settings: Settings) -> TuningResult:
    """Analyse a saved run again, with its own options unless a flag or the environment says otherwise.

    Results of another tool have no options of their own. A saved run keeps its date, and while nothing else
    is asked for its command.
    """
    found, options = read_results(settings.target.rest, settings.target.root), settings.options
    given = {name: getattr(options, name) for name in settings.given & set(OPTION_FIELDS)}
    if isinstance(found, SavedRun):
        where = f"'{settings.target.rest}' option"
        own = read_options({k: (v, f"{where} {k}") for k, v in found.options.items()})
        options = replace(own, **given)
    measurements = found.measurements
    _refuse_too_many_sizes(measurements)
    if isinstance(found, Imported):
        doubts = cost_warnings(found, prices_of(options, measurements.conditions))
        measurements = replace(measurements, warnings=(*measurements.warnings, *doubts))
    refuse_unknown_percentile(measurements, options.max_duration)
    result = result_of(replace(settings, options=options), analyse(measurements, options))
    origin = found.origin if isinstance(found, SavedRun) else None
    if origin is None:
        return result
    return replace(
        result,
        created_at=origin.created_at,
        tool_version=origin.tool_version,
        command=result.command if given else origin.command,
        warnings=(*result.warnings, *_new_prices(origin, result)),
    )


def _refuse_too_many_sizes(measurements: MeasurementSet) -> None:
    """The work of a fit grows with the cube of its sizes; no run has this many."""
    sizes = len(measurements.memory_sizes_mb)
    if sizes > MOST_SIZES:
        raise UsageError(
            f"it holds {sizes:,} memory sizes, more than the {MOST_SIZES} that are analysed", "leave some out"
        )


def _new_prices(origin: Origin, result: TuningResult) -> tuple[RunWarning, ...]:
    """Costs that are not those of the report that was written when the run was made."""
    now = result.conditions["price_date"]
    if result.measurements.relative or origin.price_date in (None, now):
        return ()
    return (
        RunWarning(
            "W-NEW-PRICES",
            f"costs are at the prices of {now}, those of the run's own report were at {origin.price_date}",
        ),
    )


def replay(source: str, folder: Path) -> TuningResult:
    """What `replay:SOURCE` stands for, as it was analysed when it was measured; paths start at `folder`.

    Nothing but the source itself decides: neither flags, nor the environment, nor tuner.toml.
    """
    target = Target(name=f"replay:{source}", spec=f"replay:{source}", root=folder)
    return replay_settings(Settings(target, RunOptions(), report_dir=folder, given=frozenset()))
