"""Practices for a function's own settings, and for how its first call went."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import Any

from cost_models.errors import PriceNotFoundError
from cost_models.pricing import INCLUDED_EPHEMERAL_MB, MB_PER_GB, Prices, find_prices
from tuner.platforms.aws.doctor.evidence import Evidence
from tuner.platforms.aws.doctor.findings import Severity
from tuner.platforms.aws.doctor.runtimes import DEPRECATION_DATES
from tuner.platforms.aws.doctor.verdict import Verdict
from tuner.records import Outcome
from tuner.units import counted, format_duration, format_memory, format_percent, format_usd

DIRECT_UPLOAD_BYTES = 50 * 1024 * 1024
NEARLY_FULL = 0.9
HARDLY_USED = 0.3
MONTH_S = 30 * 24 * 3600


def loop_detection(evidence: Evidence) -> Iterator[Verdict]:
    """Without it a function that invokes itself does so until somebody sees the bill."""
    if evidence.recursive_loop == "Allow":
        text = "recursive loop detection is off: a function that sets itself off never stops doing so"
        yield Verdict(Severity.WARNING, text, "set RecursiveLoop to Terminate, unless the loop is meant")
    elif evidence.recursive_loop:
        yield Verdict(Severity.OK, "recursive loops are detected and stopped")


def tracing(evidence: Evidence) -> Iterator[Verdict]:
    """Traces show whether time is spent computing or waiting, which tells what memory can do."""
    mode = evidence.function.configuration.get("TracingConfig", {}).get("Mode")
    if mode == "Active":
        yield Verdict(Severity.OK, "X-Ray tracing is on")
    elif mode:
        text = (
            "X-Ray tracing is off; it would show how much of the duration is waiting, which memory cannot cut"
        )
        yield Verdict(Severity.NOTE, text)


def package_size(evidence: Evidence) -> Iterator[Verdict]:
    """A large package takes long to deploy and to load."""
    configuration = evidence.function.configuration
    size = int(configuration.get("CodeSize") or 0)
    if configuration.get("PackageType", "Zip") != "Zip" or not size:
        return
    if size > DIRECT_UPLOAD_BYTES:
        text = f"its zip file has {size / 1024**2:,.0f} MB: more than 50 MB go through S3, and load slowly"
        yield Verdict(Severity.NOTE, text)
    else:
        yield Verdict(Severity.OK, "its zip file is within the 50 MB that can be uploaded directly")


def runtime_support(evidence: Evidence) -> Iterator[Verdict]:
    """A deprecated runtime gets no security updates, and later no change of its settings."""
    runtime = evidence.function.runtime
    date = DEPRECATION_DATES.get(runtime)
    if date is None:
        return
    if date <= evidence.today:
        text = f"the runtime {runtime} has passed its deprecation date, {date}"
        hint = (
            "move to a newer one: it gets no security updates, and AWS comes to refuse changes of memory too"
        )
        yield Verdict(Severity.WARNING, text, hint)
    else:
        yield Verdict(Severity.OK, f"the runtime {runtime} is supported until {date}")


def architecture(evidence: Evidence) -> Iterator[Verdict]:
    """arm64 has a lower price for the same memory."""
    function = evidence.function
    if function.architecture == "arm64":
        yield Verdict(Severity.OK, "it runs on arm64, at the lower price")
        return
    x86, arm = _prices(function.region, "x86_64"), _prices(function.region, "arm64")
    if x86 and arm:
        before, after = x86.compute_tiers[0].price, arm.compute_tiers[0].price
        less = format_percent(float(1 - after / before))
        text = f"arm64 costs {less} less ({after:f} for {before:f} {x86.currency} a GB-second)"
        yield Verdict(Severity.NOTE, f"{text}, where the code and its libraries run on it")


def provisioned(evidence: Evidence) -> Iterator[Verdict]:
    """Provisioned concurrency is billed by memory for as long as it is configured."""
    function = evidence.function
    prices = _prices(function.region, function.architecture)
    price = prices.provisioned_concurrency_gb_second if prices else None
    for config in function.provisioned or ():
        number = int(config["RequestedProvisionedConcurrentExecutions"])
        qualifier = _qualifier(config)
        if config.get("Status") == "FAILED":
            why = config.get("StatusReason") or "AWS gives no reason"
            text = f"{qualifier} has none of the {number:,} environments that are to be provisioned: {why}"
            yield Verdict(Severity.WARNING, text, "set it again, or delete it: calls start cold")
            continue
        text = f"{qualifier} keeps {number:,} environments provisioned"
        if prices and price is not None and prices.currency == "USD":
            size_gb = Decimal(function.settings.memory_mb) / MB_PER_GB
            month = format_usd(float(price * size_gb * number * MONTH_S))
            text += f": {month} in 30 days at {format_memory(function.settings.memory_mb)}, used or not"
        yield Verdict(Severity.NOTE, f"{text}; another memory size changes that, too")


def calls_of_latest(evidence: Evidence) -> Iterator[Verdict]:
    """Provisioned concurrency is that of a version or alias; `$LATEST` cannot have any."""
    function = evidence.function
    if not function.provisioned:
        return
    served = " and ".join(sorted(_qualifier(config) for config in function.provisioned))
    recent = None if function.name.qualifier else function.traffic.recent
    if recent:
        text = (
            f"{counted(recent, 'call')} of the last hour named no version or alias, so the provisioned "
            f"concurrency of {served} did not serve them: $LATEST cannot have any"
        )
        yield Verdict(
            Severity.WARNING, text, f"let callers and triggers invoke {function.name.name}:{served}"
        )
    else:
        text = f"provisioned concurrency serves calls of {served} alone: $LATEST cannot have any"
        yield Verdict(Severity.OK, text)


def _qualifier(config: Mapping[str, Any]) -> str:
    return str(config["FunctionArn"]).rpartition(":")[2]


def ephemeral_storage(evidence: Evidence) -> Iterator[Verdict]:
    """Storage above the free 512 MB is billed with every millisecond."""
    function = evidence.function
    size_mb = int(function.configuration.get("EphemeralStorage", {}).get("Size", INCLUDED_EPHEMERAL_MB))
    if size_mb <= INCLUDED_EPHEMERAL_MB:
        yield Verdict(Severity.OK, "its /tmp is within the 512 MB that are free")
        return
    text = f"its /tmp has {format_memory(size_mb)}; what is above 512 MB is billed with every millisecond"
    if prices := _prices(function.region, function.architecture):
        storage = (size_mb - INCLUDED_EPHEMERAL_MB) * prices.ephemeral_gb_second
        memory = function.settings.memory_mb * prices.compute_tiers[0].price
        text += f", {format_percent(float(storage / memory))} on top of the memory's price"
    yield Verdict(Severity.NOTE, text)


def memory_headroom(evidence: Evidence) -> Iterator[Verdict]:
    """A function near its memory size fails at a larger input; one far from it may still need its CPU."""
    call = evidence.call
    if call is None or call.outcome is not Outcome.OK or call.max_memory_used_mb is None:
        return
    share = call.max_memory_used_mb / call.memory_mb
    text = f"the first call used {call.max_memory_used_mb} of {format_memory(call.memory_mb)}"
    if share > NEARLY_FULL:
        hint = "choose more memory; 'tuner run' finds how much more is cheapest"
        yield Verdict(Severity.WARNING, f"{text}, more than {format_percent(NEARLY_FULL)}", hint)
    elif share < HARDLY_USED:
        text += "; the memory size also sets the CPU, so measure before it is cut: tuner run "
        yield Verdict(Severity.NOTE, text + str(evidence.function.name))
    else:
        yield Verdict(Severity.OK, text)


def init_share(evidence: Evidence) -> Iterator[Verdict]:
    """Init is billed like the handler, and more memory hardly shortens it."""
    call = evidence.call
    if call is None or call.init_duration_ms is None or call.duration_ms is None:
        return
    share = call.init_duration_ms / (call.init_duration_ms + call.duration_ms)
    text = f"the first call was cold: {format_duration(call.init_duration_ms)} of init"
    yield Verdict(Severity.NOTE, f"{text}, {format_percent(share)} of its time; init is billed, too")


def _prices(region: str, architecture: str) -> Prices | None:
    try:
        return find_prices(region, architecture)
    except PriceNotFoundError:
        return None
