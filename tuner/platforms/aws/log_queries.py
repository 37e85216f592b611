"""Queries that AWS works on while one waits: started together, looked at in turns, stopped when unwanted."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from itertools import chain, repeat
from typing import Protocol

from tuner.errors import MeasurementError
from tuner.units import format_usd

Answer = list[dict[str, str]]

_POLLS_S = (0.2, 0.5, 1.0)
_LATER_S = 2.0


class QueryService(Protocol):
    """Who runs queries. A query is known by the id that starting it gave."""

    def start(self, query: str) -> str:
        """Start a query."""

    def rows(self, query_id: str) -> Answer | None:
        """Its rows by column name; None while it runs."""

    def stop(self, query_id: str) -> None:
        """Stop it, if it still runs."""


def refuse_beyond(max_usd: float, spent_usd: float, next_usd: float = 0.0) -> None:
    """Raise `MeasurementError` where the queries cost more than they may, or the next ones are going to."""
    if spent_usd + next_usd > max_usd:
        raise MeasurementError(
            f"the queries were stopped: {format_usd(spent_usd)} are spent, "
            f"{format_usd(spent_usd + next_usd)} would be, and {format_usd(max_usd)} may be",
            "shorten --since, or raise --max-spend",
        )


def answers(
    service: QueryService, queries: Mapping[str, str], wait: Callable[[float], None]
) -> dict[str, Answer]:
    """The rows of each query. Whatever ends this early, Ctrl-C too, stops those that still run."""
    running: dict[str, str] = {}
    found: dict[str, Answer] = {}
    try:
        for name, query in queries.items():
            running[name] = service.start(query)
        for pause_s in chain(_POLLS_S, repeat(_LATER_S)):
            for name, query_id in list(running.items()):
                rows = service.rows(query_id)
                if rows is not None:
                    found[name] = rows
                    del running[name]
            if not running:
                break
            wait(pause_s)
    except BaseException:
        for query_id in running.values():
            service.stop(query_id)
        raise
    return {name: found[name] for name in queries}
