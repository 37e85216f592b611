"""What an account may do at once and how often: token buckets and concurrent invocations."""

from __future__ import annotations

import threading
from collections import Counter

from fake_lambda.account import Account
from fake_lambda.clock import FakeClock
from fake_lambda.errors import throttled
from fake_lambda.functions import Function

_OWN_RATES = {"GetFunction": 100.0, "GetPolicy": 15.0}
DATA_PLANE = ("Invoke", "InvokeWithResponseStream")
"""The operations that run a function; all others are the control plane."""


class TokenBucket:
    """So many a second, and as many at once."""

    def __init__(self, clock: FakeClock, rate: float) -> None:
        self._clock = clock
        self._rate = rate
        self._tokens = rate
        self._filled = clock.now()

    def take(self) -> bool:
        """Whether one more is allowed now."""
        now = self._clock.now()
        self._tokens = min(self._rate, self._tokens + (now - self._filled) * self._rate)
        self._filled = now
        if self._tokens < 1:
            return False
        self._tokens -= 1
        return True


class ControlRate:
    """The rates of the control plane: some operations have one of their own, the others share one."""

    def __init__(self, clock: FakeClock, rate: float | None) -> None:
        self._lock = threading.Lock()
        self._shared = None if rate is None else TokenBucket(clock, rate)
        self._own = {} if rate is None else {name: TokenBucket(clock, r) for name, r in _OWN_RATES.items()}

    def check(self, operation: str) -> None:
        """Raises `ApiError` where the account calls too often."""
        if operation in DATA_PLANE or self._shared is None:
            return
        with self._lock:
            if not self._own.get(operation, self._shared).take():
                raise throttled("Rate exceeded", "CallerRateLimitExceeded")


class Concurrency:
    """Invocations in flight. The caller holds the account's lock."""

    def __init__(self, account: Account) -> None:
        self._account = account
        self._running: Counter[str] = Counter()
        self.peak = 0

    def start(self, function: Function) -> None:
        """Count an invocation in. Raises `ApiError` where the function or the account is at its limit."""
        if function.reserved_concurrency is not None:
            if self._running[function.name] >= function.reserved_concurrency:
                raise throttled("Rate Exceeded.", "ReservedFunctionConcurrentInvocationLimitExceeded")
        elif self._unreserved_running() >= unreserved(self._account):
            raise throttled("Rate Exceeded.", "ConcurrentInvocationLimitExceeded")
        self._running[function.name] += 1
        self.peak = max(self.peak, self._running.total())

    def end(self, function: Function) -> None:
        """Count it out."""
        self._running[function.name] -= 1

    def _unreserved_running(self) -> int:
        functions = self._account.functions
        return sum(
            running
            for name, running in self._running.items()
            if name not in functions or functions[name].reserved_concurrency is None
        )


def unreserved(account: Account, *, besides: Function | None = None) -> int:
    """The concurrency that no function has reserved, `besides` one left out."""
    reserved = [f.reserved_concurrency or 0 for f in account.functions.values() if f is not besides]
    return account.limits.concurrency_limit - sum(reserved)
