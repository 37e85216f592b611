"""What a look at a function's recommendation found: in words, as Markdown, for the terminal, as JSON."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import tuner
from tuner.document import SCHEMA_VERSION
from tuner.logs.watch import Check, Standing, Watch
from tuner.reporting.layout import BOLD, bulleted, paint, wrapped
from tuner.reporting.markdown import draw_table as draw_markdown
from tuner.reporting.markup import escape, items
from tuner.reporting.rows import Column, Row, Table
from tuner.reporting.terminal import draw_table
from tuner.reporting.wording import NOTHING, duration_range
from tuner.units import counted, format_duration, format_memory, format_usd

METHOD = (
    "p95 and cost are those of warm calls: a run measures them apart from cold starts.",
    "A claim is broken when the whole 99 % interval of what production does is beyond what was expected and "
    "a margin: 10 % for cost, 20 % and 5 ms for p95. In between nothing is said.",
    "Intervals rest on hours, not on single calls: calls of one hour resemble each other.",
    "Expected is what the run's own events took. Where production has other events, it differs from the "
    "first day on: then tune with events of production.",
)
_VERDICTS = {
    Standing.HOLDS: "still holds",
    Standing.DRIFTED: "no longer holds",
    Standing.UNDECIDED: "cannot be judged yet",
}
_COLUMNS = (
    Column("claim", 0, numeric=False),
    Column("expected", 0),
    Column("limit", 0),
    Column("production", 0),
    Column("99 % interval", 0),
    Column("standing", 0, numeric=False),
)


def render_terminal(watch: Watch, *, width: int = 80, colour: bool = False) -> str:
    """The answer, the claims, and what they rest on, in `width` columns."""
    blocks = (
        paint(wrapped(_answer(watch), width), BOLD, colour),
        draw_table(_table(watch), width, colour),
        bulleted("Evidence", _evidence(watch), width, colour),
    )
    return "\n\n".join(blocks) + "\n"


def render_markdown(watch: Watch) -> str:
    """The same as Markdown."""
    method = items(map(escape, METHOD))
    blocks = (
        f"**{escape(_answer(watch))}**",
        draw_markdown(_table(watch)),
        items(map(escape, _evidence(watch))),
        f"<details>\n<summary>How this is judged</summary>\n\n{method}\n\n</details>",
    )
    return "\n\n".join(blocks) + "\n"


def watch_document(watch: Watch) -> dict[str, Any]:
    """The JSON document of `tuner logs --watch --json`."""
    recommended, live = watch.recommended, watch.live
    return {
        "schema_version": SCHEMA_VERSION,
        "tool_version": tuner.__version__,
        "function": live.function,
        "standing": str(watch.standing),
        "recommended": {
            "memory_mb": recommended.memory_mb,
            "created_at": recommended.created_at,
            "source": watch.source,
        },
        "production": {
            "first_at": _time(live.first_us),
            "last_at": _time(live.last_us),
            "warm_calls": live.calls,
            "hours": len(live.hours),
        },
        "checks": [
            {
                "claim": check.claim,
                "standing": str(check.standing),
                "expected": check.expected,
                "limit": check.line,
                "found": check.found,
                "low": check.low,
                "high": check.high,
                "reason": check.reason,
            }
            for check in watch.checks
        ],
    }


def _answer(watch: Watch) -> str:
    recommended = watch.recommended
    broken = [check.claim.partition(" [")[0] for check in watch.checks if check.standing is watch.standing]
    why = f": {', '.join(broken)}" if watch.standing is not Standing.HOLDS else ""
    return (
        f"{watch.live.function}: {format_memory(recommended.memory_mb)}, recommended on "
        f"{recommended.created_at[:10]}, {_VERDICTS[watch.standing]}{why}."
    )


def _evidence(watch: Watch) -> list[str]:
    live = watch.live
    period = f" from {_time(live.first_us)} to {_time(live.last_us)}" if live.first_us else ""
    found = [
        f"{counted(live.calls, 'warm call')} that succeeded at {format_memory(live.memory_mb)}{period}.",
        f"The recommendation is in {watch.source}.",
    ]
    return found + [f"{check.claim.partition(' [')[0]}: {check.reason}." for check in watch.checks]


def _table(watch: Watch) -> Table:
    return Table(_COLUMNS, tuple(Row(_cells(check)) for check in watch.checks))


def _cells(check: Check) -> tuple[str, ...]:
    numbers = (_number(check, value) for value in (check.expected, check.line, check.found))
    return (check.claim.partition(" [")[0], *numbers, _interval(check), str(check.standing))


def _interval(check: Check) -> str:
    if check.low is None or check.high is None:
        return NOTHING
    if check.claim.endswith("[ms]"):
        return duration_range(check.low, check.high)
    return f"{format_usd(check.low)}\u2013{format_usd(check.high).removeprefix('$')}"


def _number(check: Check, value: float | None) -> str:
    if value is None:
        return NOTHING
    match check.claim.rpartition("[")[2]:
        case "ms]":
            return format_duration(value)
        case "MB]":
            return format_memory(int(value))
    return format_usd(value)


def _time(at_us: int | None) -> str | None:
    return None if at_us is None else datetime.fromtimestamp(at_us / 1e6, UTC).isoformat(timespec="seconds")
