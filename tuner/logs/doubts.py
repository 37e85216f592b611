"""What a reader of findings must know before believing them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from tuner.logs.findings import FunctionFindings
from tuner.records import RunWarning
from tuner.units import format_count


def doubts(functions: Sequence[FunctionFindings], repeated: int = 0) -> Iterator[RunWarning]:
    """Warnings about what the records leave out; `repeated` of them were read more than once."""
    if repeated:
        message = f"{format_count(repeated)} records were there more than once, and count once"
        yield RunWarning("W-REPEATED", message, "the same logs were given twice, or exports overlap")
    sizes = [size for found in functions for size in found.by_memory]
    unbilled = sum(size.invocations - size.billed for size in sizes)
    if unbilled:
        message = (
            f"{format_count(unbilled)} records do not say what was billed; their cost is not in the sums"
        )
        yield RunWarning("W-UNBILLED", message, "managed instances report only durations")
    restored = sum(size.restore_ms.count for size in sizes if size.restore_ms)
    if restored:
        message = (
            f"{format_count(restored)} calls were restored from a snapshot, whose own charges no record has"
        )
        yield RunWarning("W-SNAPSTART", message, "find them in the bill")
    timeless = [found.function for found in functions if found.first_us is None]
    if timeless:
        whose = f"of {format_count(len(timeless))} functions" if len(timeless) > 1 else f"of {timeless[0]}"
        message = f"the records {whose} have no time, so nothing is known of load and concurrency"
        yield RunWarning("W-NO-TIMES", message, "export logs with their timestamps")
