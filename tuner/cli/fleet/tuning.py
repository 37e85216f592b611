"""`tuner fleet --run`: the plan, the consent, the work, and what came of it."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tuner.cli import output
from tuner.cli.consent import agree
from tuner.cli.progress import count_progress
from tuner.errors import NoAnswerError, UsageError

if TYPE_CHECKING:
    from tuner.fleet.campaign import Workers
    from tuner.fleet.ledger import Ledger
    from tuner.fleet.outlay import Outlay
    from tuner.fleet.records import Fleet, FleetFunction

FOLDER = "fleet-run"
WORKERS = 4
NAMED = 20
"""So many functions of a plan are named."""


@dataclass(frozen=True, slots=True)
class RunAsked:
    """The flags of `--run`; None where one was not given."""

    max_spend: str | None
    workers: int | None
    dask: str | None
    folder: Path | None
    resume: bool
    dry_run: bool
    yes: bool

    def refuse_without_run(self) -> None:
        """A flag without effect would be taken for one that had some."""
        for name in self.__slots__:
            if getattr(self, name):
                raise UsageError(f"--{name.replace('_', '-')} has an effect only with --run", "add --run")

    @property
    def max_spend_usd(self) -> float | None:
        """The bound of the whole run. Raises `UsageError` for what is no amount."""
        from tuner.option_values import read_usd

        try:
            return None if self.max_spend is None else read_usd(self.max_spend)
        except ValueError as error:
            raise UsageError(f"--max-spend: {error}") from error


def tune(
    fleet: Fleet, asked: RunAsked, top: int, options: Mapping[str, str], *, as_json: bool
) -> Fleet | None:
    """The fleet after its first functions were tuned; None after a dry run, which prints its plan.

    Raises:
        UsageError: something would cost money without a bound, or without consent.
        NoAnswerError: no function can be tuned.
    """
    from tuner.fleet.assess import tuned
    from tuner.fleet.campaign import tune_all
    from tuner.fleet.outlay import plan_outlay
    from tuner.fleet.purse import Purse
    from tuner.fleet.ranking import ranked
    from tuner.fleet.records import Campaign

    max_spend = asked.max_spend_usd
    folder = asked.folder or Path(FOLDER)
    ledger, functions = _chosen(fleet, asked, folder, top)
    waiting = [f for f in functions if f.observed.key not in ledger.done]
    with _workers(asked, waiting) as workers:
        outlay = plan_outlay(waiting, options, os.environ, Path.cwd(), workers.parallel)
        paid = any(assignment.paid for assignment in outlay.assignments)
        if paid and max_spend is None:
            raise UsageError("--run invokes functions on AWS, and has no bound", "add --max-spend 5")
        _show_plan(outlay, workers, max_spend, ledger)
        if asked.dry_run:
            if as_json:
                output.document(_plan_document(outlay, max_spend))
            return None
        if paid:
            agree("Go on?", yes=asked.yes)
        ledger.save()
        purse = Purse(max_spend, ledger.spent_usd)
        with count_progress() as show:
            show("tuning", len(ledger.done), len(functions))
            interrupted = tune_all(
                outlay.assignments,
                workers,
                purse,
                ledger,
                observer=lambda _: show("tuning", len(ledger.attempts), len(functions)),
            )
    return replace(
        fleet,
        functions=ranked(tuned(f, ledger.attempts.get(f.observed.key)) for f in fleet.functions),
        campaign=Campaign(ledger.attempts, ledger.spent_usd, max_spend, str(folder), interrupted),
        interrupted=fleet.interrupted or interrupted,
    )


def _plan_document(outlay: Outlay, max_spend: float | None) -> dict[str, Any]:
    """The JSON document of a dry run."""
    return {
        "schema_version": 1,
        "plan": {
            "functions": [{"key": a.key, "target": a.settings.target.spec} for a in outlay.assignments],
            "max_invocations": outlay.invocations,
            "control_plane_calls": outlay.control_calls,
            "max_spend_usd": max_spend,
            "worst_usd": outlay.worst_usd,
            "seconds": outlay.seconds,
        },
    }


def _chosen(fleet: Fleet, asked: RunAsked, folder: Path, top: int) -> tuple[Ledger, Sequence[FleetFunction]]:
    """The first of the fleet; of a run that is resumed those that were the first when it began."""
    from tuner.fleet.ledger import Chosen, load_ledger, new_ledger
    from tuner.fleet.outlay import chosen_first

    if asked.resume:
        ledger = load_ledger(folder)
        known = {function.observed.key: function for function in fleet.functions}
        found = [known[entry.key] for entry in ledger.chosen if entry.key in known]
        gone = len(ledger.chosen) - len(found)
        if gone:
            output.note(f"{gone} functions of that run are no longer among those asked for, and are left out")
    else:
        found = chosen_first(fleet.functions, top)
        seen = [function.observed for function in found]
        chosen = [Chosen(s.key, s.function, s.target or "") for s in seen]
        ledger = new_ledger(folder, chosen)
    if not found:
        raise NoAnswerError("no function can be tuned", "those that are not in use, or switched off, are not")
    return ledger, found


@contextmanager
def _workers(asked: RunAsked, functions: Sequence[FleetFunction]) -> Iterator[Workers]:
    from concurrent.futures import ThreadPoolExecutor

    from tuner.fleet.assignment import ThreadSignal
    from tuner.fleet.campaign import Workers

    if asked.dask is not None:
        if asked.workers is not None:
            raise UsageError("the workers of a Dask cluster are its own", "leave out --workers")
        from tuner.fleet.dask_cluster import dask_workers

        with dask_workers(asked.dask) as workers:
            yield workers
        return
    # What is measured on this machine would be disturbed by a neighbour.
    local = any((f.observed.target or "").startswith(("local:", "command:")) for f in functions)
    number = asked.workers or (1 if local else WORKERS)
    with ThreadPoolExecutor(number) as pool:
        yield Workers(pool, number, ThreadSignal())


def _show_plan(outlay: Outlay, workers: Workers, max_spend: float | None, ledger: Ledger) -> None:
    from tuner.reporting.wording import clean
    from tuner.units import format_count, format_usd

    done = f", {len(ledger.done)} done before" if ledger.done else ""
    names = [clean(assignment.function) for assignment in outlay.assignments]
    number = "1 function" if len(names) == 1 else f"{format_count(len(names))} functions"
    more = f" and {format_count(len(names) - NAMED)} more" if len(names) > NAMED else ""
    output.note(f"to tune: {', '.join(names[:NAMED])}{more}")
    output.note(
        f"tuning {number}{done}, {workers.parallel} at a time: "
        "at most "
        f"{format_count(outlay.invocations)} invocations and {format_count(outlay.control_calls)} "
        f"control-plane calls; {_time_words(outlay.seconds)}"
    )
    if outlay.worst_usd is not None:
        spent = f", {format_usd(ledger.spent_usd)} of it spent before" if ledger.spent_usd else ""
        output.note(
            f"cost: never more than {format_usd(max_spend or 0.0)} in all{spent}; with every call "
            f"running into its timeout it would come to {format_usd(outlay.worst_usd)}"
        )
        output.note(
            "changes: each function on AWS gets other memory sizes for some seconds, and is set back; it is "
            "invoked with the payload of its entry in tuner.toml, else with {}"
        )


def _time_words(seconds: float) -> str:
    if seconds < 60:
        return "a minute or so"
    minutes = round(seconds / 60)
    return f"about {minutes:,} {'minute' if minutes == 1 else 'minutes'}, at the rate that the account allows"
