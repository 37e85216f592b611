"""The advice from each of its sources, and how it is told."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tuner.cli.concurrency.shared import show, write_markdown
from tuner.cli.progress import log_progress
from tuner.errors import RunInterruptedError, UsageError

if TYPE_CHECKING:
    from tuner.concurrency.advice import ConcurrencyAdvice, Targets
    from tuner.concurrency.quotas import Quotas
    from tuner.concurrency.sizes import JointAdvice
    from tuner.reporting.concurrency.page import Script

_USUAL_REGION = "us-east-1"
_GUESSED = "W-FUNCTION-FROM-FILE"
"""Here --function says which of the functions in the logs is meant, not what the one in them is called."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What is advised, of which function, and the commands that set it."""

    advice: ConcurrencyAdvice
    joint: JointAdvice | None = None
    function: str | None = None
    scripts: tuple[Script, ...] = ()
    interrupted: bool = False


def tell(answer: Answer, report: Path | None, *, as_json: bool) -> None:
    """Print an answer, and write it as Markdown where that is wanted."""
    from tuner.reporting.concurrency.advice_page import advice_page
    from tuner.reporting.concurrency.document import advice_document

    parts = (answer.advice, answer.joint)
    about: dict[str, Any] = {"function": answer.function, "scripts": answer.scripts}
    page = advice_page(*parts, **about)
    write_markdown(page, report)
    show(page, advice_document(*parts, **about) if as_json else None)
    if answer.interrupted:
        sys.exit(RunInterruptedError.exit_code)


def targets_of(flags: Mapping[str, Any]) -> Targets:
    """What is aimed at."""
    from tuner.concurrency.advice import Targets

    return Targets(throttled_share=flags["max_throttled"], cold_share=flags["max_cold"])


def from_numbers(flags: Mapping[str, Any]) -> Answer:
    """From a rate and a duration."""
    from cost_models.pricing import find_prices
    from tuner.concurrency.advice import advise
    from tuner.concurrency.bills import Pricing
    from tuner.concurrency.traffic import Traffic

    if flags["duration"] is None:
        raise UsageError("how long does a call take?", "give --duration, as in 250ms, or --run FILE")
    if flags["memory"] is None and (flags["region"] or flags["architecture"]):
        raise UsageError("prices need a memory size", "give --memory with --region and --architecture")
    pricing = None
    if flags["memory"] is not None:
        prices = find_prices(flags["region"] or _USUAL_REGION, flags["architecture"] or "x86_64")
        pricing = Pricing(prices, flags["memory"])
    traffic = Traffic(
        flags["requests_per_second"], flags["duration"], flags["init_duration"], flags["cold_share"]
    )
    return Answer(advise(traffic, targets_of(flags), _quotas(flags), pricing))


def from_run(flags: Mapping[str, Any]) -> Answer:
    """From a rate and the durations of a saved run."""
    from cost_models.pricing import find_prices
    from tuner.concurrency.sizes import Demand, advise_sizes
    from tuner.reporting.concurrency.commands import run_scripts
    from tuner.tuning import tune

    found = tune(
        f"replay:{flags['run']}",
        **{name: flags[name] for name in ("region", "architecture") if flags[name] is not None},
    )
    prices = find_prices(str(found.conditions["region"]), str(found.conditions["architecture"]))
    demand = Demand(flags["requests_per_second"], flags["cold_share"], flags["init_duration"])
    joint = advise_sizes(found, demand, targets_of(flags), _quotas(flags), prices, memory_mb=flags["memory"])
    other_size = joint.chosen_mb != found.recommendation.candidate.memory_mb
    scripts = run_scripts(joint.chosen, str(flags["run"]), other_size=other_size)
    return Answer(joint.chosen, joint, scripts=scripts)


def from_logs(flags: Mapping[str, Any]) -> Answer:
    """From the calls of a function as its logs have them."""
    from tuner.cli import output
    from tuner.concurrency.advice import advise
    from tuner.concurrency.bills import Pricing
    from tuner.logs.observed import read_observed
    from tuner.logs.workflow import LogOptions
    from tuner.reporting.concurrency.commands import function_scripts

    options = LogOptions(flags["region"] or _USUAL_REGION, flags["architecture"] or "x86_64")
    with log_progress() as observer:
        seen = read_observed([flags["logs"]], options, flags["function"], observer=observer)
    output.warnings(
        replace(warning, hint="put its name into the commands") if warning.code == _GUESSED else warning
        for warning in seen.findings.warnings
    )
    memory_mb = seen.function.current.memory_mb
    pricing = Pricing(seen.findings.prices, memory_mb) if memory_mb else None
    advice = advise(seen.traffic, targets_of(flags), _quotas(flags), pricing, seen.observed)
    name = seen.function.function
    scripts = function_scripts(advice, name)
    return Answer(advice, None, name, scripts, seen.findings.interrupted)


def _quotas(flags: Mapping[str, Any]) -> Quotas:
    from tuner.concurrency.quotas import Quotas

    return Quotas(flags["account_limit"], flags["reserved_elsewhere"])
