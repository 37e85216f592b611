"""The whole way from a target and what it is compared with to the result of a gate."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

import tuner
from tuner.analysis import prices_of
from tuner.errors import MeasurementError, NoAnswerError, NothingToCompareError, UsageError
from tuner.gate import (
    Bounds,
    Contestant,
    Design,
    Duel,
    DuelProgress,
    DuelRecord,
    Questions,
    Side,
    Verdict,
    conclude,
    conclude_saved,
    read_rules,
)
from tuner.gate.result import GateResult
from tuner.gating.baseline import Entry, differences
from tuner.gating.best_size import Searching
from tuner.gating.opponents import (
    Opponent,
    at_shared_size,
    open_baseline,
    open_contender,
    open_saved,
    other_seed,
    with_timeout_of_best,
)
from tuner.gating.options import GateOptions
from tuner.gating.revisions import current_commit
from tuner.platforms.base import TargetDescription
from tuner.platforms.recorded import RecordedPlatform
from tuner.records import Condition, FunctionSettings, Invocation, MeasurementSet, Spent
from tuner.settings import Settings
from tuner.tuning import open_events

FEWEST_RECORDED = 40  # warm calls: what the shortest design of a gate takes
BASELINE_PAIRS = 100
_NEVER_SURE = read_rules(fail={"cost": "0.001%"}, warn={})
"""A rule that no number of calls decides, so that a baseline is measured to its bound."""


@dataclass(frozen=True, slots=True)
class GatePreview:
    """What a gate is going to do, told before the first call."""

    baseline: Opponent
    contender: Opponent
    design: Design
    worst_usd: float | None = None


@dataclass(frozen=True, slots=True)
class Measured:
    """A gate's result, with the contender's calls, which may become the next baseline."""

    result: GateResult
    contender: MeasurementSet


OnPlan = Callable[[GatePreview], None]
OnCall = Callable[[DuelProgress | Searching], None]


def gate(
    settings: Settings,
    options: GateOptions,
    *,
    command: str,
    on_plan: OnPlan = lambda _: None,
    observer: OnCall = lambda _: None,
) -> Measured:
    """Compare a target with what `options.against` names, and decide.

    Raises:
        UsageError: what is named is not there; nothing was invoked.
        MeasurementError: neither version could be measured.
    """
    settings = _within_bounds(settings, options)
    with ExitStack() as opened:
        contender = opened.enter_context(open_contender(settings, options, observer))
        try:
            baseline = opened.enter_context(open_baseline(settings, options, observer))
        except NothingToCompareError as error:
            hint = f"; {error.hint}" if error.hint else ""
            result = _empty_result(settings, options, None, contender, command)
            nothing = _nothing_measured(contender.description, settings)
            return Measured(replace(result, note=f"{error.message}{hint}"), nothing)
        baseline, contender = at_shared_size(baseline, contender)
        settings = with_timeout_of_best(settings, baseline, contender)
        return _compare(
            settings, options, baseline, contender, command=command, on_plan=on_plan, observer=observer
        )


def gate_saved(
    settings: Settings, options: GateOptions, baseline: Path, contender: Path, *, command: str
) -> Measured:
    """Compare two saved runs, with no new call. Raises `RunFileError` for a file that is none."""
    before, now = at_shared_size(
        *(open_saved(path, options, settings.options) for path in (baseline, contender))
    )
    result = _empty_result(settings, options, before, now, command)
    nothing = _nothing_measured(now.description, settings)
    if differing := _differences(before, now):
        return Measured(replace(result, note="; ".join(differing)), nothing)
    then, later = (
        each.platform.calls for each in (before, now) if isinstance(each.platform, RecordedPlatform)
    )
    prices = prices_of(settings.options, _conditions(now.description))
    result = replace(
        result,
        verdict=conclude_saved(options.rules, then, later, prices),
        durations_ms=(_warm_ms(then), _warm_ms(later)),
    )
    return Measured(result, replace(nothing, invocations=later))


def record_baseline(
    settings: Settings,
    options: GateOptions,
    *,
    on_plan: OnPlan = lambda _: None,
    observer: OnCall = lambda _: None,
) -> Entry:
    """Measure a target for the baseline file: as much as a gate would need of it.

    It is measured beside itself, call by call, and both halves are kept.
    """
    settings = _within_bounds(settings, options)
    with ExitStack() as opened:
        first = opened.enter_context(open_contender(other_seed(settings, 2), options, observer))
        settings = with_timeout_of_best(settings, first)
        same_size = replace(options, memory=first.version.memory_mb)
        second = opened.enter_context(open_contender(other_seed(settings, 3), same_size, observer))
        _, events = open_events(settings)
        design = Design(max_pairs=options.max_pairs or BASELINE_PAIRS)
        on_plan(GatePreview(first, second, design))
        duel = Duel(
            Contestant(first.platform, first.version.memory_mb),
            Contestant(second.platform, second.version.memory_mb),
            _questions(settings, replace(options, rules=_NEVER_SURE), first.description, design),
            events=events,
            timeout_s=_timeout_s(settings, first.description),
            seed=settings.options.seed,
            bounds=Bounds(settings.options.max_seconds, settings.options.max_spend),
            observer=observer,
        )
        record = duel.run()
        if record.broken is not None:
            raise MeasurementError(record.broken.message, record.broken.hint)
        return Entry(
            measurements=_calls_of(record, (Side.BASELINE, Side.CONTENDER), first.description, settings),
            memory_mb=first.version.memory_mb,
            measured_at=_now(),
            commit=current_commit(settings.target.root),
            tool_version=tuner.__version__,
        )


def _compare(
    settings: Settings,
    options: GateOptions,
    baseline: Opponent,
    contender: Opponent,
    *,
    command: str,
    on_plan: OnPlan = lambda _: None,
    observer: OnCall = lambda _: None,
) -> Measured:
    description = contender.description
    design = _design(options, baseline, contender)
    questions = _questions(settings, options, description, design)
    result = _empty_result(settings, options, baseline, contender, command)
    if differing := _differences(baseline, contender):
        nothing = _nothing_measured(description, settings)
        return Measured(replace(result, note="; ".join(differing)), nothing)
    payloads, events = open_events(settings)
    on_plan(GatePreview(baseline, contender, design, _worst_usd(questions, contender, settings)))
    duel = Duel(
        Contestant(baseline.platform, baseline.version.memory_mb),
        Contestant(contender.platform, contender.version.memory_mb),
        questions,
        events=events,
        timeout_s=_timeout_s(settings, description),
        seed=settings.options.seed,
        bounds=Bounds(settings.options.max_seconds, settings.options.max_spend),
        observer=observer,
    )
    record = duel.run()
    verdict = conclude(record, questions)
    conditions = {**result.conditions, "payload_sha256": payloads.sha256}
    result = replace(
        result,
        verdict=verdict,
        spent=_spent(record, baseline, contender),
        durations_ms=(_durations(record, Side.BASELINE), _durations(record, Side.CONTENDER)),
        conditions=conditions,
    )
    return Measured(result, _calls_of(record, (Side.CONTENDER,), description, settings))


def _within_bounds(settings: Settings, options: GateOptions) -> Settings:
    """The time, shared between the searches for the best size of both versions and their comparison."""
    seconds = settings.options.max_seconds
    if options.memory != "best" or seconds is None:
        return settings
    return replace(settings, options=replace(settings.options, max_seconds=seconds / 3))


def _design(options: GateOptions, *opponents: Opponent) -> Design:
    """How long to measure: as asked, and no longer than what is recorded lasts."""
    design = Design() if options.max_pairs is None else Design(max_pairs=options.max_pairs)
    lengths = [o.platform.warm_calls for o in opponents if isinstance(o.platform, RecordedPlatform)]
    if not lengths:
        return design
    if min(lengths) < FEWEST_RECORDED:
        raise UsageError(
            f"{min(lengths)} recorded warm calls are too few to compare",
            f"at least {FEWEST_RECORDED} at one size are needed; write a baseline with --update-baseline",
        )
    # A pair that is disturbed on one side uses up the recorded call of the other.
    return replace(design, max_pairs=min(design.max_pairs, *lengths))


def _questions(
    settings: Settings, options: GateOptions, description: TargetDescription, design: Design
) -> Questions:
    prices = prices_of(settings.options, _conditions(description))
    return Questions(options.rules, prices, design)


def _conditions(description: TargetDescription) -> dict[str, Condition]:
    return {"architecture": description.architecture, **description.conditions}


def _differences(baseline: Opponent, contender: Opponent) -> tuple[str, ...]:
    """What keeps the two from being compared, in words."""
    return differences(_conditions(baseline.description), _conditions(contender.description))


def _timeout_s(settings: Settings, description: TargetDescription) -> int:
    current = description.current.timeout_s if description.current else description.default_timeout_s
    return settings.options.timeout or current


def _worst_usd(questions: Questions, contender: Opponent, settings: Settings) -> float | None:
    """What the calls cost if each ran into its timeout; None where they are not billed."""
    if not contender.description.paid:
        return None
    longest_ms = _timeout_s(settings, contender.description) * 1000
    each = longest_ms * float(questions.prices.millisecond(contender.version.memory_mb))
    calls = 2 * (questions.design.max_pairs + questions.design.blocks)
    worst = calls * (each + float(questions.prices.request))
    return min(worst, settings.options.max_spend or worst)


def _empty_result(
    settings: Settings, options: GateOptions, baseline: Opponent | None, contender: Opponent, command: str
) -> GateResult:
    description = contender.description
    prices = prices_of(settings.options, {"architecture": description.architecture, **description.conditions})
    return GateResult(
        tool_version=tuner.__version__,
        created_at=_now(),
        command=command,
        function=settings.target.name,
        target=settings.target.spec,
        platform=description.platform,
        relative=description.relative,
        baseline=baseline.version if baseline else None,
        contender=contender.version,
        rules=options.rules,
        verdict=None,
        spent=Spent(0, 0, None, 0.0),
        conditions={
            **description.conditions,
            "architecture": prices.architecture,
            "region": prices.region,
            "price_date": prices.price_date,
        },
        warnings=description.warnings,
    )


def _spent(record: DuelRecord, baseline: Opponent, contender: Opponent) -> Spent:
    live = [side for side, each in zip(Side, (baseline, contender), strict=True) if not each.recorded]
    blocks = (*record.blocks, *record.confirmation)
    calls = sum(1 for side in live for block in blocks for _ in block.calls(side))
    sizes = {baseline.version.memory_mb, contender.version.memory_mb}
    return Spent(calls, len(sizes), record.spent_usd, record.seconds)


def _durations(record: DuelRecord, side: Side) -> tuple[float, ...]:
    blocks = (*record.blocks, *record.confirmation)
    return _warm_ms([pair.of(side) for block in blocks for pair in block.pairs])


def _warm_ms(calls: Sequence[Invocation]) -> tuple[float, ...]:
    return tuple(c.duration_ms for c in calls if c.warm_sample and c.duration_ms is not None)


def _calls_of(
    record: DuelRecord, sides: tuple[Side, ...], description: TargetDescription, settings: Settings
) -> MeasurementSet:
    """The calls of a gate as a measurement, which can be saved and compared with later."""
    blocks = (*record.blocks, *record.confirmation)
    calls = [call for side in sides for block in blocks for call in block.calls(side)]
    return replace(_nothing_measured(description, settings), invocations=tuple(calls))


def _nothing_measured(description: TargetDescription, settings: Settings) -> MeasurementSet:
    current = description.current
    return MeasurementSet(
        target=settings.target.spec,
        function=settings.target.name,
        platform=description.platform,
        invocations=(),
        current=None if current is None else FunctionSettings(current.memory_mb, current.timeout_s),
        timeout_s=_timeout_s(settings, description),
        relative=description.relative,
        conditions=_conditions(description),
    )


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")


def exit_code(verdict: Verdict | None) -> int:
    """What a gate ends with: nothing that was compared is never a pass."""
    return NoAnswerError.exit_code if verdict is None else verdict.exit_code
