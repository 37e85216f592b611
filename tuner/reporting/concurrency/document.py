"""The JSON documents of `tuner concurrency --json` and its subcommands."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal
from typing import Any

import tuner
from tuner.concurrency.advice import ConcurrencyAdvice, Sighting
from tuner.concurrency.bills import Bill
from tuner.concurrency.scaling import Climb
from tuner.concurrency.schedule import Schedule
from tuner.concurrency.sizes import JointAdvice
from tuner.concurrency.sources import Outlook, Work
from tuner.document import SCHEMA_VERSION
from tuner.records import RunWarning
from tuner.reporting.bills import line_items_document
from tuner.reporting.concurrency.page import Script


def advice_document(
    advice: ConcurrencyAdvice,
    joint: JointAdvice | None = None,
    *,
    function: str | None = None,
    scripts: Iterable[Script] = (),
) -> dict[str, Any]:
    """What `tuner concurrency --json` prints."""
    warnings = (*(joint.warnings if joint else ()), *advice.warnings)
    return _head() | {
        **_needs(advice),
        "traffic": {
            "requests_per_second": advice.traffic.requests_per_second,
            "duration_ms": advice.traffic.duration_ms,
            "init_duration_ms": advice.traffic.init_duration_ms,
            "cold_share": advice.traffic.cold_share,
        },
        "targets": {
            "throttled_share": advice.targets.throttled_share,
            "cold_share": advice.targets.cold_share,
        },
        "account": {
            "limit": advice.quotas.account_limit,
            "reserved_elsewhere": advice.quotas.reserved_elsewhere,
            "unreserved": advice.quotas.unreserved,
            "reservable": advice.quotas.reservable,
        },
        "arrivals": _arrivals(advice.sighting) if advice.sighting else {"process": "poisson"},
        "function": joint.function if joint else function,
        "memory_mb": joint.chosen_mb if joint else None,
        "memory_sizes": _sizes(joint) if joint else None,
        "cheapest_provisioned_mb": joint.cheapest_provisioned_mb if joint else None,
        "commands": [command for script in scripts for command in script.commands],
        "warnings": warnings_document(warnings),
    }


def burst_document(climb: Climb) -> dict[str, Any]:
    """What `tuner concurrency burst --json` prints."""
    return _head() | {
        "timeline": [
            {"t_s": _whole(step.t_s), "concurrency": step.concurrency, "throttled": step.throttled}
            for step in climb.timeline
        ],
        "reached_s": None if climb.reached_s is None else _whole(climb.reached_s),
        "demand": climb.demand,
        "limit": climb.limit,
        "throttled_for_good": climb.throttled_for_good,
        "rule": {
            "immediate": climb.rule.immediate,
            "increment": climb.rule.increment,
            "period_s": _whole(climb.rule.period_s),
            "shared": climb.rule.shared,
        },
    }


def drain_document(source: str, work: Work, outlook: Outlook) -> dict[str, Any]:
    """What `tuner concurrency drain --json` prints."""
    return _head() | {
        "source": source,
        "requests_per_second": work.events_per_second,
        "duration_ms": work.duration_ms,
        "backlog": work.backlog,
        "limit": work.limit,
        "needed_concurrency": outlook.needed_concurrency,
        "drain_s": outlook.drain_s,
        "timeline": [{"t_s": _whole(p.t_s), "concurrency": p.concurrency} for p in outlook.paces],
        "findings": list(outlook.findings),
        "timeout_advice": list(outlook.timeout_advice),
    }


def _head() -> dict[str, Any]:
    return {"schema_version": SCHEMA_VERSION, "tool_version": tuner.__version__}


def _needs(advice: ConcurrencyAdvice) -> dict[str, Any]:
    """The numbers that differ between memory sizes."""
    provisioned = advice.provisioned
    return {
        "expected_concurrency": advice.traffic.expected_concurrency,
        "concurrency": advice.quantiles,
        "needed_concurrency": advice.needed_concurrency,
        "reserved_concurrency": advice.reserved_concurrency,
        "throttle_probability": advice.throttle_probability,
        "provisioned_concurrency": {
            "recommended": provisioned.environments,
            "spillover_share": provisioned.spillover_share,
            "cheapest": provisioned.cheapest,
            "break_even_utilization": provisioned.break_even_utilization,
            "break_even_requests_per_second": provisioned.break_even_requests_per_second,
            "cost_usd_per_month": _bill(provisioned.bill),
            "on_demand_cost_usd_per_month": _bill(provisioned.on_demand_bill),
            "loads": [
                {
                    "requests_per_second": load.requests_per_second,
                    "on_demand_usd_per_month": float(load.on_demand_usd),
                    "provisioned_usd_per_month": float(load.provisioned_usd),
                }
                for load in provisioned.loads
            ],
            "schedule": _schedule(provisioned.schedule) if provisioned.schedule else None,
        },
    }


def _arrivals(sighting: Sighting) -> dict[str, Any]:
    observed = sighting.observed
    return {
        "process": "observed" if sighting.decides else "too few",
        "source": observed.source,
        "requests": observed.requests,
        "seconds": observed.seconds,
        "peak_concurrency": observed.peak,
        "dispersion": observed.dispersion,
        "window_s": observed.window_s,
        "needed_by_chance": sighting.by_chance,
    }


def _schedule(schedule: Schedule) -> dict[str, Any]:
    return {
        "hours": [
            {
                "hour_utc": hour.hour,
                "requests_per_second": hour.requests_per_second,
                "provisioned_concurrency": hour.environments,
                "spillover_share": hour.spillover_share,
                "utilization": hour.utilization,
                "on_demand_usd_per_month": _usd(hour.on_demand_usd),
                "provisioned_usd_per_month": _usd(hour.provisioned_usd),
            }
            for hour in schedule.hours
        ],
        "cost_usd_per_month": _bill(schedule.bill),
    }


def _usd(amount: Decimal | None) -> float | None:
    return None if amount is None else float(amount)


def _sizes(joint: JointAdvice) -> list[dict[str, Any]]:
    return [
        {"memory_mb": size.memory_mb, "mean_duration_ms": size.advice.traffic.mean_duration_ms}
        | _needs(size.advice)
        for size in joint.sizes
    ]


def _bill(bill: Bill | None) -> dict[str, Any] | None:
    if bill is None:
        return None
    return {
        "total": float(bill.total),
        "line_items": [
            {**line, "provisioned": provisioned}
            for items, provisioned in ((bill.provisioned, True), (bill.on_demand, False))
            for line in line_items_document(items)
        ],
    }


def warnings_document(found: Iterable[RunWarning]) -> list[dict[str, str | None]]:
    """Warnings as every document lists them."""
    return [{"code": w.code, "message": w.message, "hint": w.hint} for w in found]


def _whole(value: float) -> float | int:
    """A whole number of seconds without its `.0`."""
    return int(value) if value == int(value) else value
