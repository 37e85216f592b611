"""The two queueing models behind the advice. Both hold for any distribution of durations.

Without a limit the number of requests in progress is Poisson with the expected concurrency as its mean
(M/G/infinity). With a limit, and requests beyond it refused, the refused share is Erlang's B formula
(M/G/c/c).
https://en.wikipedia.org/wiki/Erlang_(unit)
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import count, islice


def refused_shares(load: float) -> Iterator[float]:
    """Erlang B for 0, 1, 2, ... environments at a load [erlangs], by its recurrence."""
    share = 1.0
    yield share
    for environments in count(1):
        share = load * share / (environments + load * share)
        yield share


def erlang_b(environments: int, load: float) -> float:
    """The share of requests that find every environment busy and are refused."""
    return next(islice(refused_shares(load), environments, None))


def environments_for(load: float, refused_share: float) -> int:
    """The fewest environments that refuse at most this share (above zero) of the requests."""
    return next(n for n, share in enumerate(refused_shares(load)) if share <= refused_share)


def busy_shares(load: float) -> Iterator[float]:
    """How busy the 1st, 2nd, ... environment is (0 to 1) when the first free one takes each request."""
    shares = refused_shares(load)
    before = next(shares)
    for share in shares:
        yield load * (before - share)
        before = share


def concurrency_quantile(load: float, share: float) -> int:
    """The concurrency that is not exceeded during this share of the time, with no limit in the way."""
    from scipy.stats import poisson

    return int(poisson.ppf(share, load))
