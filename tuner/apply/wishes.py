"""What of a run is to be written back."""

from __future__ import annotations

from dataclasses import dataclass

from tuner.apply.records import LeftOut, Setting, Wishes
from tuner.errors import UsageError
from tuner.records import TuningResult


@dataclass(frozen=True, slots=True)
class Choice:
    """What the user asked to be written; a `timeout` of None is that of the run where it can be trusted."""

    memory: bool = True
    timeout: bool | None = None
    architecture: bool = False
    reserved_concurrency: int | None = None
    provisioned_concurrency: int | None = None


def wishes_of(result: TuningResult, choice: Choice) -> tuple[Wishes, tuple[LeftOut, ...]]:
    """The settings that a run recommends, and those that are left out though it has them.

    Raises:
        UsageError: nothing is left to write.
    """
    wishes: dict[Setting, int | str] = {}
    left_out = []
    if choice.memory:
        wishes[Setting.MEMORY] = result.recommendation.candidate.memory_mb
    trusted = not result.measurements.relative
    if choice.timeout or (choice.timeout is None and trusted):
        wishes[Setting.TIMEOUT] = result.timeout.timeout_s
    elif choice.timeout is None:
        reason = (
            f"the timeout of {result.timeout.timeout_s} s was measured in a local sandbox, whose durations "
            "are true in proportion only; --timeout writes it all the same"
        )
        left_out.append(LeftOut(Setting.TIMEOUT, reason))
    if choice.architecture:
        wishes[Setting.ARCHITECTURE] = str(result.conditions["architecture"])
    if choice.reserved_concurrency is not None:
        wishes[Setting.RESERVED_CONCURRENCY] = choice.reserved_concurrency
    if choice.provisioned_concurrency is not None:
        wishes[Setting.PROVISIONED_CONCURRENCY] = choice.provisioned_concurrency
    if not wishes:
        raise UsageError("nothing is left to write", "leave out --no-memory or --no-timeout")
    return wishes, tuple(left_out)


def name_in_files(result: TuningResult) -> str:
    """What a file may call the function of a run: a local one has its handler or logical id in its target."""
    measured = result.measurements
    return measured.target.rpartition(":")[2] if measured.target.startswith("local:") else measured.function
