"""A fleet by hand: hostile names, every confidence, every kind of number that may be missing."""

from __future__ import annotations

from datetime import date

from tuner.fleet.assess import assess, tuned
from tuner.fleet.ranking import ranked
from tuner.fleet.records import Attempt, Campaign, Ending, Fleet, FleetFunction, Observed
from tuner.records import Estimate, RunWarning

TODAY = date(2026, 11, 23)
HOSTILE = '</script><img src=x onerror="alert(1)">=cmd|{{7*7}}'


def function(name: str, **known: object) -> FleetFunction:
    usual: dict[str, object] = {
        "target": f"aws:{name}",
        "account": "123456789012",
        "region": "eu-central-1",
        "memory_mb": 1024,
        "timeout_s": 30,
        "runtime": "python3.13",
        "architecture": "x86_64",
        "days": 30,
        "invocations": 1_000_000,
        "failed": 0,
        "billed_ms": 200e6,
        "mean_ms": 200.0,
        "p95_ms": 340.0,
        "max_ms": 4_000.0,
    }
    return assess(Observed(key=name, function=name, **{**usual, **known}), TODAY)  # type: ignore[arg-type]


def small_fleet() -> Fleet:
    measured = Attempt(
        "checkout",
        Ending.DONE,
        0.02,
        31,
        memory_mb=512,
        current_memory_mb=1024,
        now=Estimate(3.5, 3.4, 3.6),
        best=Estimate(2.1, 2.0, 2.2),
        conclusive=True,
    )
    failed = Attempt(HOSTILE, Ending.FAILED, 0.01, message="it is being updated", hint="run again")
    functions = [
        function("checkout", invocations=9_000_000, billed_ms=1.8e9),
        function(HOSTILE, failed=300_000, runtime="nodejs16.x"),
        function("idle", invocations=0, billed_ms=0.0, mean_ms=None, p95_ms=None, max_ms=None),
        function("elsewhere", region="mars-north-1", max_ms=29_500.0),
        function("unknown", invocations=None, failed=None, billed_ms=None, memory_mb=None),
    ]
    attempts = {attempt.key: attempt for attempt in (measured, failed)}
    return Fleet(
        functions=ranked(tuned(f, attempts.get(f.observed.key)) for f in functions),
        source="aws",
        price_date="2026-11-01",
        metrics_usd=0.00035,
        warnings=(RunWarning("W-UNREAD", "lambda:GetFunction is not allowed"),),
        campaign=Campaign(attempts, 0.03, 5.0, "fleet-run"),
    )


def large_fleet(size: int) -> Fleet:
    functions = (
        function(
            f"team-{number % 40:02d}-service-{number:05d}",
            invocations=1_000 + number * 7919 % 1_000_003,
            billed_ms=1e6 + number * 104_729 % 1_000_000_007,
            memory_mb=(128, 512, 1024, 3008)[number % 4],
            runtime=("python3.13", "nodejs16.x", "java21")[number % 3],
        )
        for number in range(size)
    )
    return Fleet(functions=ranked(functions), source="aws", price_date="2026-11-01")
