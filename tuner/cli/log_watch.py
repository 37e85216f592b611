"""`tuner logs --watch`: the recommendation that is looked at, and what a look at production says of it."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from cost_models.errors import did_you_mean
from tuner.cli import output
from tuner.errors import NoAnswerError, NothingToCompareError, UsageError

if TYPE_CHECKING:
    from cost_models.pricing import Prices
    from tuner.history import HistoryEntry
    from tuner.logs.archive import Archive
    from tuner.logs.findings import FunctionFindings
    from tuner.logs.watch_evidence import Live

REPORTS = Path("reports")
DRIFTED_EXIT_CODE = 1


@dataclass(slots=True)
class Watcher:
    """Looks at the calls of one function while they are at hand."""

    recommended: HistoryEntry
    source: str
    function: str
    seen: list[Live] = field(default_factory=list)

    def look(self, archive: Archive, functions: Sequence[FunctionFindings]) -> None:
        """Take down what production says at the recommended size."""
        from tuner.logs.watch_evidence import live_evidence

        by_name = {found.function: found for found in functions}
        if self.function not in by_name:
            raise UsageError(
                f"the logs hold no call of '{self.function}'", did_you_mean(self.function, by_name)
            )
        self.seen.append(live_evidence(archive, by_name[self.function], self.recommended.memory_mb))

    def conclude(self, prices: Prices, report: Path | None, *, as_json: bool) -> None:
        """Show what became of the recommendation; exits as a gate does unless it holds."""
        from tuner.logs.watch import Standing, judge
        from tuner.reporting.logs.watch import render_markdown, render_terminal, watch_document

        watch = judge(self.recommended, self.source, self.seen[0], prices)
        if report:
            from tuner.files import write_atomically

            write_atomically(report, render_markdown(watch))
            output.note(f"report: {report}")
        if as_json:
            output.document(watch_document(watch))
        else:
            width, colour = output.terminal_width(), output.use_colour(sys.stdout)
            output.result(render_terminal(watch, width=width, colour=colour))
        if watch.standing is not Standing.HOLDS:
            sys.exit(DRIFTED_EXIT_CODE if watch.standing is Standing.DRIFTED else NoAnswerError.exit_code)


def watcher_of(function: str | None, run_file: Path | None) -> Watcher:
    """The recommendation of a saved run, else the last one for the function in the history of runs.

    Raises:
        UsageError: neither names a function, or a file cannot be read.
        NothingToCompareError: there is no recommendation, or none of AWS.
    """
    from tuner.logs.watch import refuse_relative

    if run_file is not None:
        found = _from_run(function, run_file)
    elif function is None:
        raise UsageError(
            "whose recommendation is watched?", "name the function with --function, or --run FILE"
        )
    else:
        found = _from_history(function)
    refuse_relative(found.recommended, found.source)
    return found


def _from_run(function: str | None, path: Path) -> Watcher:
    from tuner.history import entry_of
    from tuner.tuning import tune

    result = tune(f"replay:{path}")
    found = entry_of(result, None)
    if found is None:
        raise NothingToCompareError(f"the run in '{path}' does not say what its size takes", "run it again")
    return Watcher(found, str(path), function or found.function.removeprefix("aws:"))


def _from_history(function: str) -> Watcher:
    from tuner.history import HISTORY_FILE, read_history

    history = read_history(REPORTS)
    output.warnings(history.warnings)
    own = history.of(function) or history.of(f"aws:{function}")
    if not own:
        raise NothingToCompareError(
            f"no run of {function} is in '{REPORTS / HISTORY_FILE}'",
            f"tuner run aws:{function} adds one; --run FILE takes a saved run",
        )
    return Watcher(own[-1], str(REPORTS / HISTORY_FILE), function)
