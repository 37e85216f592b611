"""Metrics of minutes as traffic and as requests that were observed."""

from __future__ import annotations

import math
from collections.abc import Mapping

import numpy as np

from tuner.concurrency.observed import HOUR_S, Observed, observe_minutes
from tuner.concurrency.traffic import Traffic
from tuner.errors import NoAnswerError

Series = Mapping[float, float]


def observe_metrics(
    invocations: Series, duration_ms: Series, concurrency: Series
) -> tuple[Traffic, Observed]:
    """The busiest hour as traffic, and how the requests came.

    Each series has a value for the start of a minute [s since 1970]: the calls, the sum of their durations
    [ms], and the highest concurrency. Raises `NoAnswerError` where nothing was invoked.
    """
    calls = {at: number for at, number in invocations.items() if number > 0}
    if not calls:
        raise NoAnswerError(
            "CloudWatch counted no invocation in that time", "look further back with --since, up to 15d"
        )
    spent_ms = sum(duration_ms.get(at, 0.0) for at in calls)
    number = sum(calls.values())
    minutes = sorted(calls)
    # Little's law, for a minute whose highest concurrency is missing.
    highest = [concurrency.get(at) or math.ceil(duration_ms.get(at, 0.0) / 60_000) for at in minutes]
    observed = observe_minutes(
        np.array(minutes, dtype=np.int64),
        np.array([calls[at] for at in minutes], dtype=np.int64),
        np.array(highest, dtype=np.int64),
    )
    busiest = np.bincount((np.array(minutes) // HOUR_S).astype(np.int64), [calls[at] for at in minutes]).max()
    covered_s = min(float(HOUR_S), observed.seconds)
    return Traffic(float(busiest) / covered_s, max(spent_ms / number, 0.01)), observed
