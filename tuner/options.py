"""The options of a run: one table, from which flags, environment variables, tuner.toml and the API are made.

Each option is a field of `RunOptions` with the function that reads it; see `tuner.option_values`.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from tuner.option_values import (
    LatencyLimit,
    one_of,
    read_count,
    read_flag,
    read_fraction,
    read_latency_limit,
    read_memory,
    read_memory_sizes,
    read_names,
    read_payload,
    read_region,
    read_regret,
    read_role,
    read_search,
    read_seconds,
    read_seed,
    read_share,
    read_strategy,
    read_text,
    read_timeout_s,
    read_url,
    read_usd,
    read_weight,
)
from tuner.plans import SearchMethod
from tuner.records import Strategy
from tuner.triggers import TRIGGERS

USUAL_REGRET = 0.01


def _option(
    default: Any, read: Callable[[Any], Any], metavar: str, text: str, *, usual: str | None = None
) -> Any:
    """An option; `usual` says in words what happens without it, where that is no plain value."""
    shown = usual or (None if default in (None, False) else str(default))
    metadata = {"read": read, "metavar": metavar, "help": text, "usual": shown}
    return dataclasses.field(default=default, metadata=metadata)


@dataclass(frozen=True, slots=True, kw_only=True)
class RunOptions:
    """What a run optimises, within which bounds, and with which input. `None` is "not set"."""

    strategy: Strategy = _option(Strategy.COST, read_strategy, "cost|speed|balanced", "What to optimise.")
    balanced_weight: float = _option(
        0.5, read_weight, "0..1", "For balanced: 0 is speed alone, 1 is cost alone."
    )
    max_duration: LatencyLimit | None = _option(
        None, read_latency_limit, "800ms@p95", "Never slower than this; mean, p50, p95 or p99."
    )
    max_cost_increase: float | None = _option(
        None, read_fraction, "10%", "Fastest size that is at most this much dearer than the cheapest."
    )
    min_memory: int | None = _option(None, read_memory, "MB", "Recommend no smaller size.")
    max_memory: int | None = _option(None, read_memory, "MB", "Recommend no larger size.")
    search: SearchMethod | None = _option(
        None,
        read_search,
        "adaptive|grid",
        "Ask after each step what is still unknown, or measure each size equally often.",
        usual="adaptive; grid where its options are given",
    )
    regret: float | None = _option(
        None,
        read_regret,
        "1%",
        "Stop when the answer is expected to lose less than this against the best size.",
        usual="1%; in proportion less where --max-invocations allows more",
    )
    predict: bool = _option(
        False, read_flag, "", "Answer in seconds, from a few calls at full speed alone; local targets only."
    )
    memory_sizes: tuple[int, ...] | None = _option(
        None, read_memory_sizes, "128,256", "The sizes of the grid."
    )
    invocations: int | None = _option(
        None, read_count, "N", "Warm invocations at each size of the grid.", usual="10"
    )
    max_invocations: int | None = _option(None, read_count, "N", "Stop after this many invocations.")
    max_spend: float | None = _option(None, read_usd, "$", "Stop before the run has cost this much.")
    max_seconds: float | None = _option(None, read_seconds, "3m", "Stop after this time.")
    cold_starts: int | None = _option(
        None, read_count, "N", "Measure this many cold starts at each measured size, apart from warm calls."
    )
    cold_share: float | None = _option(
        None, read_share, "1%", "Show cost and latency with this share of cold starts."
    )
    region: str | None = _option(
        None,
        read_region,
        "REGION",
        "Where the function is, and whose prices to use.",
        usual="the credentials' own; for prices else us-east-1",
    )
    architecture: str | None = _option(
        None, one_of("x86_64", "arm64"), "x86_64|arm64", "Whose prices to use; else the target's own."
    )
    payload: str | None = _option(
        None,
        read_payload,
        "JSON|@FILE|s3://…",
        "The event of every invocation. {{uuid}}, {{index}} and {{memory_mb}} are filled in.",
    )
    payload_lines: str | None = _option(
        None, read_text, "FILE|s3://…", "JSON Lines, one event a line, taken in turn at each size."
    )
    payload_once: bool = _option(False, read_flag, "", "Use each line of --payload-lines only once.")
    payload_weighted: str | None = _option(
        None, read_text, "JSON|FILE|s3://…", 'A JSON list of {"payload": …, "weight": …}, mixed by weight.'
    )
    show_payload: bool = _option(
        False, read_flag, "", "Show the event in the plan and the report, where it is left out otherwise."
    )
    before: str | None = _option(
        None, read_text, "HOOK", "Before each call: FILE.py:function, command:LINE or a function's ARN."
    )
    after: str | None = _option(None, read_text, "HOOK", "After each call, likewise.")
    expect_error: tuple[str, ...] | None = _option(
        None, read_names, "TYPE,…", "Errors that the function raises by design, and that count as success."
    )
    stream: bool = _option(
        False, read_flag, "", "Invoke with response streaming, as for functions that answer more than 6 MB."
    )
    timeout: int | None = _option(
        None, read_timeout_s, "SECONDS", "The function's timeout while it is measured; else its own."
    )
    trigger: str | None = _option(
        None, one_of(*TRIGGERS), "SOURCE", "What invokes the function, for the limits of its timeout."
    )
    invocations_per_month: int | None = _option(None, read_count, "N", "Show dollars a month at this volume.")
    profile: str | None = _option(None, read_text, "NAME", "The AWS profile to use.")
    role: str | None = _option(None, read_role, "ARN", "The role to assume, as in another account.")
    endpoint_url: str | None = _option(None, read_url, "URL", "Another address for every AWS service.")
    seed: int = _option(0, read_seed, "N", "The order of invocations and every random draw.")

    @property
    def regret_target(self) -> float:
        """The regret that the user does not mind, a fraction."""
        return self.regret or USUAL_REGRET

    @property
    def method(self) -> SearchMethod:
        """How sizes are chosen: as asked, else a grid where one is described."""
        if self.predict:
            return SearchMethod.PREDICT
        described = any(getattr(self, name) is not None for name in GRID_OPTIONS)
        return self.search or (SearchMethod.GRID if described else SearchMethod.ADAPTIVE)


CONNECTION_OPTIONS = ("profile", "role", "endpoint_url")
"""The options that say who calls AWS; they stay out of run files."""

MEASURING_OPTIONS = frozenset(
    {
        "memory_sizes",
        "search",
        "predict",
        "invocations",
        "max_invocations",
        "max_spend",
        "max_seconds",
        "payload",
        "payload_lines",
        "payload_once",
        "payload_weighted",
        "show_payload",
        "before",
        "after",
        "expect_error",
        "stream",
        "cold_starts",
        "timeout",
        *CONNECTION_OPTIONS,
    }
)
"""The options that say what to invoke; they mean nothing to a replay."""

GRID_OPTIONS = ("memory_sizes", "invocations")
"""The options that only a grid has a use for."""

OPTION_FIELDS: dict[str, dataclasses.Field[Any]] = {f.name: f for f in dataclasses.fields(RunOptions)}


def plain(options: RunOptions) -> dict[str, Any]:
    """The options as JSON values that their readers accept again."""
    values: dict[str, Any] = {}
    for name in OPTION_FIELDS:
        value = getattr(options, name)
        if isinstance(value, LatencyLimit):
            value = str(value)
        elif isinstance(value, tuple):
            value = list(value)
        elif (
            OPTION_FIELDS[name].metadata["read"] in (read_fraction, read_regret, read_share)
            and value is not None
        ):
            value = f"{value * 100:.12g}%"
        values[name] = value
    return values
