"""A plain table: `memory_mb,duration_ms` and more fields of an invocation, one row an invocation.

Where each memory size has a single row, the rows are averages: nobody measures a size once.
"""

from __future__ import annotations

import difflib
from collections.abc import Mapping
from dataclasses import fields, replace
from typing import Any

from cost_models.errors import did_you_mean
from cost_models.pricing import billed_duration_ms
from tuner.errors import UsageError
from tuner.interchange.delimited import Delimited
from tuner.interchange.means import Imported, Mean, imported_means
from tuner.records import Invocation, MeasurementSet, Outcome, RunWarning
from tuner.runfile import parse_invocation

REQUIRED = ("memory_mb", "duration_ms")
_TEXTS = ("outcome", "environment", "error_type", "error_message", "excluded")
_COLUMNS = tuple(field.name for field in fields(Invocation))


def is_table(header: tuple[str, ...]) -> bool:
    """Whether a header is that of a plain table, or of one with a slip of the pen."""
    return any(name in header for name in REQUIRED)


def read_table(table: Delimited, *, target: str, function: str) -> Imported:
    """The invocations, or averages, in a table.

    Raises `UsageError` for a column that is missing or nearly one of ours, and a row that is no invocation.
    """
    unused = _unused_columns(table.header)
    calls = [_invocation(row, number) for number, row in enumerate(table.rows, start=1)]
    if not calls:
        raise UsageError("the table has a header and no rows")
    warnings = []
    if unused:
        names = ", ".join(repr(name[:40]) for name in unused[:10])
        warnings.append(RunWarning("W-COLUMNS", f"columns that say nothing here are left out: {names}"))
    if _are_means(calls):
        means = [Mean(c.memory_mb, c.duration_ms or 0.0, None, c.max_memory_used_mb) for c in calls]
        means.sort(key=lambda mean: mean.memory_mb)
        return imported_means(means, target=target, function=function, kind="averages", warnings=warnings)
    return Imported(
        MeasurementSet(
            target=target,
            function=function,
            platform="aws",
            invocations=tuple(calls),
            warnings=tuple(warnings),
        )
    )


def _unused_columns(header: tuple[str, ...]) -> list[str]:
    for name in header:
        if name not in _COLUMNS and difflib.get_close_matches(name, _COLUMNS):
            raise UsageError(f"unknown column {name[:80]!r}", did_you_mean(name, _COLUMNS))
    for name in REQUIRED:
        if name not in header:
            raise UsageError(f"the table has no column {name}", f"its header starts {','.join(REQUIRED)}")
    return [name for name in header if name not in _COLUMNS]


def _invocation(row: Mapping[str, str], number: int) -> Invocation:
    where = f"row {number}"
    entry: dict[str, Any] = {"outcome": Outcome.OK, "sequence": number - 1}
    entry |= {
        name: cell if name in _TEXTS else _number(cell, f"{where}.{name}")
        for name, cell in row.items()
        if name in _COLUMNS
    }
    call = parse_invocation(entry, where)
    if call.duration_ms is None:
        if call.outcome is Outcome.OK:
            raise UsageError(f"{where} has no duration_ms", "only an invocation that failed may lack it")
        return call
    if call.billed_duration_ms is None:
        billed = billed_duration_ms(call.duration_ms, call.init_duration_ms or 0.0)
        return replace(call, billed_duration_ms=billed)
    return call


def _are_means(calls: list[Invocation]) -> bool:
    return len({call.memory_mb for call in calls}) == len(calls) and all(call.warm_sample for call in calls)


def _number(cell: str, where: str) -> float:
    try:
        return float(cell)
    except ValueError:
        hint = "write a decimal point, and no separators of thousands" if "," in cell else None
        raise UsageError(f"{where}: {cell[:40]!r} is not a number", hint) from None
