"""What AWS Lambda allows an account. Sources: the quotas page and "Understanding concurrency" of its guide.

https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html
https://docs.aws.amazon.com/lambda/latest/dg/lambda-concurrency.html
"""

from __future__ import annotations

import math
from dataclasses import dataclass

from tuner.concurrency.erlang import erlang_b
from tuner.concurrency.traffic import Traffic
from tuner.concurrency.words import number_text
from tuner.records import RunWarning
from tuner.units import format_count, format_percent

USUAL_ACCOUNT_LIMIT = 1_000
NEW_ACCOUNT_LIMIT = 10
UNRESERVED_FLOOR = 100
"""What AWS keeps unreserved for the functions that reserve nothing."""
REQUESTS_PER_SECOND_EACH = 10
"""Concurrency of n also admits at most 10 n requests a second, however short they are."""


@dataclass(frozen=True, slots=True)
class Quotas:
    """The account's concurrency limit in the region, and what its other functions have reserved of it."""

    account_limit: int = USUAL_ACCOUNT_LIMIT
    reserved_elsewhere: int = 0

    @property
    def unreserved(self) -> int:
        """What the functions without a reservation share now."""
        return max(0, self.account_limit - self.reserved_elsewhere)

    @property
    def reservable(self) -> int:
        """What can still be reserved; nothing in a new account."""
        return max(0, self.unreserved - UNRESERVED_FLOOR)


def least_for_rate(requests_per_second: float) -> int:
    """The least concurrency whose cap on requests a second admits this rate."""
    return math.ceil(round(requests_per_second / REQUESTS_PER_SECOND_EACH, 9))


def quota_warnings(
    traffic: Traffic, quotas: Quotas, needed: int, *, lost: float, target: float
) -> tuple[RunWarning, ...]:
    """Whether the account's limits suffice for what this function needs.

    `lost` is the share of requests that the whole unreserved pool would throttle, `target` what may be.
    """
    found = []
    if needed > quotas.reservable:
        enough = needed + quotas.reserved_elsewhere + UNRESERVED_FLOOR
        found.append(
            RunWarning(
                "W-NOT-RESERVABLE",
                f"{format_count(needed)} cannot be reserved: of the account's "
                f"{format_count(quotas.account_limit)}, {format_count(quotas.reserved_elsewhere)} are "
                f"reserved already and {UNRESERVED_FLOOR} must stay unreserved",
                f"ask AWS for an account limit of at least {format_count(enough)}",
            )
        )
    if quotas.account_limit <= NEW_ACCOUNT_LIMIT:
        found.append(
            RunWarning(
                "W-NEW-ACCOUNT",
                f"a limit of {quotas.account_limit} is that of a new account, where nothing can be reserved",
                f"ask AWS for the usual {format_count(USUAL_ACCOUNT_LIMIT)}",
            )
        )
    if lost > target:
        found.append(
            RunWarning(
                "W-UNRESERVED-POOL",
                f"the unreserved pool of {format_count(quotas.unreserved)} would throttle "
                f"{format_percent(lost)} of these requests even if nothing else used it",
                "raise the account limit, shorten the duration, or queue the work",
            )
        )
    by_rate, expected = least_for_rate(traffic.requests_per_second), traffic.expected_concurrency
    if by_rate == needed and by_rate > expected:
        found.append(
            RunWarning(
                "W-RATE-QUOTA",
                f"the requests are so short that their rate decides: concurrency of n admits 10 n requests a "
                f"second, so {format_count(by_rate)} are needed where {number_text(expected)} are in "
                "progress",
            )
        )
    return tuple(found)


def refused_by(traffic: Traffic, concurrency: int) -> float:
    """The share of requests throttled at this concurrency, by Erlang B and by the cap on their rate."""
    if concurrency <= 0:
        return 1.0
    over_rate = 1 - concurrency * REQUESTS_PER_SECOND_EACH / traffic.requests_per_second
    return max(erlang_b(concurrency, traffic.expected_concurrency), over_rate, 0.0)
