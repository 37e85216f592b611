"""The machine that runs are started from: its versions, its prices, and runs that it has not finished."""

from __future__ import annotations

import platform
import shlex
from collections.abc import Iterator
from datetime import date
from importlib.metadata import version
from pathlib import Path

import tuner
from cost_models.errors import CostModelError
from cost_models.pricing import find_prices
from tuner.errors import UsageError
from tuner.platforms.aws.doctor.findings import Finding, Group, Severity
from tuner.platforms.aws.journal import Entry, open_journals
from tuner.price_age import old_prices_warning


def version_finding() -> Finding:
    """The versions of the tool and of what it stands on."""
    text = f"tuner {tuner.__version__}, Python {platform.python_version()}, boto3 {version('boto3')}"
    return Finding(Group.SETUP, "D-VERSIONS", Severity.OK, text)


def price_finding(region: str, today: date) -> Finding:
    """The age of the prices of a region."""
    try:
        prices = find_prices(region, "x86_64")
    except CostModelError as error:
        return Finding(Group.SETUP, "D-PRICES", Severity.ERROR, error.message, error.hint)
    if old := old_prices_warning(prices, today):
        return Finding(Group.SETUP, "D-PRICES", Severity.WARNING, old.message, old.hint)
    text = f"the prices of {region} were checked on {prices.price_date}"
    return Finding(Group.SETUP, "D-PRICES", Severity.OK, text)


def journal_findings(function_arn: str | None, folder: Path | None = None) -> Iterator[Finding]:
    """The runs that have not taken back what they did. One of the function keeps others from starting."""
    found = []
    try:
        for journal in open_journals(folder):
            found.append(_unfinished(journal.entry, ours=journal.entry.function == function_arn))
    except UsageError as error:
        found.append(Finding(Group.SETUP, "D-JOURNAL", Severity.ERROR, error.message, error.hint))
    none = Finding(Group.SETUP, "D-JOURNAL", Severity.OK, "no run of this machine is unfinished")
    yield from found or [none]


def _unfinished(entry: Entry, *, ours: bool) -> Finding:
    name = entry.function.rpartition(":")[2]
    what = f"run {entry.run_id} of {entry.started_at}"
    if entry.alive:
        severity, text, hint = Severity.NOTE, f"{what} is measuring {name}", "wait until it has finished"
    else:
        severity, text = Severity.WARNING, f"{what} was stopped before it could set {name} back"
        hint = f"tuner restore {shlex.quote(name)}"
    return Finding(Group.SETUP, "D-JOURNAL", Severity.ERROR if ours else severity, text, hint)
