"""What callers do when they are throttled.

https://docs.aws.amazon.com/sdkref/latest/guide/feature-retry-behavior.html
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Retries:
    """At most so many attempts in all, after random times that may be twice as long each time [s].

    Every wait is anywhere between none and the longest (full jitter), so that callers do not come back
    together.
    """

    attempts: int = 1
    backoff_s: float = 1.0
    backoff_most_s: float = 20.0

    def longest_wait_s(self, attempts_made: int) -> float:
        """The longest wait after so many attempts."""
        return min(self.backoff_most_s, self.backoff_s * 2.0 ** (attempts_made - 1))


NO_RETRIES = Retries()
"""Callers that take the first answer for the last."""
