"""Pure Python in one thread: counts primes. Twice the memory halves the time, up to one vCPU."""

from __future__ import annotations


def handler(event, context):
    """Count the primes below `limit`."""
    limit = int(event.get("limit", 1_500_000))
    sieve = bytearray([1]) * limit
    sieve[0:2] = b"\0\0"
    for number in range(2, int(limit**0.5) + 1):
        if sieve[number]:
            for multiple in range(number * number, limit, number):
                sieve[multiple] = 0
    return {"primes": sum(sieve)}
