"""The tables of the regret benchmark, as text and as Markdown."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from methods import METHODS
from peers import Answer
from tables import AS_GOOD_AS_FASTEST, INIT_MS, NOISE, Loss, Table, prices, truth_of
from tabulate import tabulate

from tuner.records import Strategy
from tuner.units import format_percent

WORST = 5
OURS = METHODS["ours"].label
AIMS = {
    Strategy.COST: "cost of a call, requests included",
    Strategy.SPEED: "expected duration",
    Strategy.BALANCED: "half cost, half duration, each over its largest in the range",
}


@dataclass(frozen=True)
class Run:
    """One answer of a method, by its label, and what it loses."""

    method: str
    table: str
    strategy: Strategy
    answer: Answer
    loss: Loss


Column = tuple[str, Callable[[Sequence[Run]], str]]


def _regrets(runs: Sequence[Run]) -> np.ndarray:
    return np.array([run.loss.regret for run in runs])


def _calls(runs: Sequence[Run]) -> np.ndarray:
    return np.array([run.answer.invocations for run in runs])


def _stated(runs: Sequence[Run]) -> str:
    means = [run.answer.stated.mean for run in runs if run.answer.stated]
    return _percent(np.mean(means)) if means else ""


def _above_bound(runs: Sequence[Run]) -> str:
    above = [run.loss.regret > run.answer.stated.bound for run in runs if run.answer.stated]
    return format_percent(float(np.mean(above))) if above else ""


REGRET_COLUMNS: tuple[Column, ...] = (
    ("mean regret", lambda runs: _percent(_regrets(runs).mean())),
    ("p95", lambda runs: _percent(np.quantile(_regrets(runs), 0.95))),
    ("max", lambda runs: _percent(_regrets(runs).max())),
)
SPEED_COLUMNS: tuple[Column, ...] = (
    (
        f"within {AS_GOOD_AS_FASTEST * 100:g} %",
        lambda runs: format_percent(float((_regrets(runs) <= AS_GOOD_AS_FASTEST).mean())),
    ),
    ("cost ratio", lambda runs: f"{np.mean([run.loss.cost_ratio for run in runs]):.2f}"),
)
EFFORT_COLUMNS: tuple[Column, ...] = (
    ("calls", lambda runs: f"{_calls(runs).mean():.0f}"),
    ("most", lambda runs: f"{_calls(runs).max():.0f}"),
    ("stated regret", _stated),
    ("above its bound", _above_bound),
)


def _percent(fraction: float) -> str:
    """Two digits where methods differ by less than one."""
    return f"{fraction * 100:.2f} %"


def as_text(runs: Sequence[Run], tables: Sequence[Table]) -> str:
    """For the terminal: a table a strategy, and where the default search loses most."""
    parts = []
    for strategy in _strategies(runs):
        parts += [f"{strategy}: {AIMS[strategy]}", _summary(runs, strategy)]
        if worst := _worst(runs, strategy, tables):
            parts += [f"where {OURS}, loses most:", worst]
    return "\n\n".join(parts)


def as_markdown(runs: Sequence[Run], tables: Sequence[Table], command: str) -> str:
    """For the repository: the same, with what it means and the command that made it."""
    seeds = len(runs) // len({(run.method, run.strategy, run.table) for run in runs})
    parts = [
        "# Regret, and the calls it takes",
        f"Written by `{command}`. Functions measured on AWS Lambda ([data](../data/README.md)): "
        f"{len(tables)}; runs of each method on each: {seeds}.",
        "![Mean regret over mean number of calls, by method](regret.svg)",
        _explanation(),
    ]
    for strategy in _strategies(runs):
        parts += [f"## {strategy}", f"Aim: {AIMS[strategy]}.", _summary(runs, strategy)]
        if worst := _worst(runs, strategy, tables):
            parts += [f"Where {OURS}, loses most, by the mean of its runs:", worst]
    return "\n\n".join(parts) + "\n"


def _explanation() -> str:
    low, high = NOISE.slow_factor
    return (
        "*Regret* is what the recommended size loses in the strategy's aim against the best size of the "
        f"range. Single calls scatter by {NOISE.cv * 100:g} %, {NOISE.slow_share * 100:g} % of "
        f"them are {low:g} to {high:g} times slower, and an environment takes {INIT_MS:g} ms to start. "
        "*Calls* are all invocations that a method makes, cold ones included. *Stated* is the regret that "
        "tuner itself expects; its 90 % *bound* is kept when at most 10 % of the runs are above it. "
        "*Cost ratio* is the cost of the answer over that of the cheapest size within "
        f"{AS_GOOD_AS_FASTEST * 100:g} % of the fastest. "
        f"Prices: {prices().region}, {prices().architecture}, {prices().price_date}."
    )


def _strategies(runs: Iterable[Run]) -> list[Strategy]:
    found = {run.strategy for run in runs}
    return [strategy for strategy in Strategy if strategy in found]


def _summary(runs: Sequence[Run], strategy: Strategy) -> str:
    """One row a method, one column a number that any of them has."""
    columns = [*REGRET_COLUMNS, *(SPEED_COLUMNS if strategy is Strategy.SPEED else ()), *EFFORT_COLUMNS]
    rows = {
        label: found
        for label in (method.label for method in METHODS.values())
        if (found := [run for run in runs if (run.method, run.strategy) == (label, strategy)])
    }
    filled = [["method", *rows]]
    for name, text in columns:
        cells = [text(found) for found in rows.values()]
        if any(cells):
            filled.append([name, *cells])
    headers, *lines = map(list, zip(*filled, strict=True))
    return _table(headers, lines)


def _worst(runs: Sequence[Run], strategy: Strategy, tables: Sequence[Table]) -> str:
    """The tables where the default search loses most; empty when it was not asked."""
    rows = []
    for table in tables:
        key = (OURS, strategy, table.id)
        found = [run for run in runs if (run.method, run.strategy, run.table) == key]
        if found:
            chosen = sorted({run.answer.memory_mb for run in found})
            best = truth_of(table).best_mb(strategy)
            rows.append(
                (_regrets(found).mean(), table.id, best, ", ".join(map(str, chosen)), _calls(found).mean())
            )
    rows.sort(reverse=True)
    worst = [
        [name, _percent(regret), best, chosen, f"{calls:.0f}"] for regret, name, best, chosen, calls in rows
    ]
    return _table(["table", "mean regret", "best MB", "chosen MB", "calls"], worst[:WORST]) if rows else ""


def _table(headers: list[str], rows: list[list[object]]) -> str:
    alignment = ("left", *["right"] * (len(headers) - 1))
    return tabulate(rows, headers, tablefmt="github", disable_numparse=True, colalign=alignment)
