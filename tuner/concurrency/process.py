"""How requests arrive, as far as concurrency depends on it: by chance, or as they were seen to."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

import numpy as np

from tuner.concurrency.bills import spillover_share
from tuner.concurrency.erlang import concurrency_quantile, environments_for
from tuner.concurrency.observed import Observed
from tuner.concurrency.quotas import REQUESTS_PER_SECOND_EACH, least_for_rate, refused_by
from tuner.concurrency.traffic import Traffic

if TYPE_CHECKING:
    from numpy.typing import NDArray


class ArrivalProcess(Protocol):
    """What the advice asks of arrivals; shares are those of requests, from 0 to 1."""

    def quantile(self, share: float) -> int:
        """The concurrency that is not exceeded during this share of the busiest time, without a limit."""

    def throttled_share(self, concurrency: int) -> float:
        """How many requests a reservation of this size throttles."""

    def least_reserved(self, share: float) -> int:
        """The least concurrency that throttles no more than this share."""

    def spilled_share(self, environments: int) -> float:
        """How many requests find every provisioned environment busy."""

    def least_provisioned(self, share: float) -> int:
        """The fewest provisioned environments from which no more than this share spills over."""


class PoissonProcess:
    """Independent requests at a steady rate."""

    def __init__(self, traffic: Traffic) -> None:
        self._traffic = traffic
        self._least_for_rate = least_for_rate(traffic.requests_per_second)

    def quantile(self, share: float) -> int:
        """Of the Poisson distribution."""
        return concurrency_quantile(self._traffic.expected_concurrency, share)

    def throttled_share(self, concurrency: int) -> float:
        """Erlang B, and the cap on the rate."""
        return refused_by(self._traffic, concurrency)

    def least_reserved(self, share: float) -> int:
        """By Erlang B, and by the cap on the rate."""
        return max(environments_for(self._traffic.expected_concurrency, share), self._least_for_rate)

    def spilled_share(self, environments: int) -> float:
        """Erlang B of the warm load."""
        return spillover_share(self._traffic, environments)

    def least_provisioned(self, share: float) -> int:
        """By Erlang B, and by the cap on the rate."""
        return max(environments_for(self._traffic.warm_load, share), self._least_for_rate)


class ObservedProcess:
    """Requests as they came.

    A request that met n others would have been refused by n environments at most if nothing else had been
    refused, so these shares are never too low. Where too few requests were seen to tell a share, the number
    is the larger of the peak and of what independent requests at the rate of the busiest hour need.
    """

    def __init__(self, observed: Observed, traffic: Traffic) -> None:
        self.observed = observed
        self._by_chance = PoissonProcess(traffic)
        self._refused = _refused_shares(observed)

    def quantile(self, share: float) -> int:
        """As the busiest hour was."""
        seconds = np.cumsum(self.observed.busiest_s)
        return int(np.searchsorted(seconds, share * seconds[-1] * (1 - 1e-12)))

    def throttled_share(self, concurrency: int) -> float:
        """Those that met so many others, and those that came when the rate was at its cap."""
        return share_at(self._refused, concurrency)

    def least_reserved(self, share: float) -> int:
        """The least with which no more were over either limit."""
        return self._least(share, self._by_chance.least_reserved(share))

    def spilled_share(self, environments: int) -> float:
        """As for a reservation: the same limits hold."""
        return self.throttled_share(environments)

    def least_provisioned(self, share: float) -> int:
        """As for a reservation: the same limits hold."""
        return self._least(share, self._by_chance.least_provisioned(share))

    def can_tell(self, share: float) -> bool:
        """Whether enough requests were seen for one among them to be no more than this share."""
        return self.observed.requests * share >= 1

    def _least(self, share: float, by_chance: int) -> int:
        if not self.can_tell(share):
            return max(self.observed.peak, by_chance)
        return least_within(self._refused, share)


def tail_shares(met: NDArray[np.int64]) -> NDArray[np.float64]:
    """The share of requests that met at least 0, 1, 2, ... others; the last is none."""
    least = np.concatenate([np.cumsum(met[::-1])[::-1], [0]])
    shares: NDArray[np.float64] = least / max(1, least[0])
    return shares


def share_at(shares: NDArray[np.float64], place: int) -> float:
    """A share of a list that goes on with its last one."""
    return float(shares[min(place, shares.size - 1)])


def least_within(shares: NDArray[np.float64], most: float) -> int:
    """The first place at which a share is no more than this, of shares that fall to none."""
    return int(np.argmax(shares <= most))


def _refused_shares(observed: Observed) -> NDArray[np.float64]:
    """The share of requests that 0, 1, 2, ... environments refuse: all are busy, or all had 10 a second."""
    busy, begun = tail_shares(observed.met.sum(axis=0)), observed.begun
    sizes = max(busy.size, least_for_rate(begun.size - 1) + 1)
    caps = np.minimum(np.arange(sizes) * REQUESTS_PER_SECOND_EACH, begun.size - 1)
    per_second = begun * np.arange(begun.size)
    seconds, requests = (np.cumsum(counts[::-1])[::-1] for counts in (begun, per_second))
    over_rate = (requests[caps] - caps * seconds[caps]) / max(1, int(per_second.sum()))
    shares: NDArray[np.float64] = np.minimum(1.0, over_rate + np.pad(busy, (0, sizes - busy.size)))
    return shares
