"""How much CPU a memory size buys on AWS Lambda."""

from __future__ import annotations

MEMORY_MIN_MB = 128
MEMORY_MAX_MB = 10_240
ONE_VCPU_MB = 1_769
"""The size that buys one vCPU (Lambda guide, "Configure Lambda function memory")."""

# Cores that /proc/cpuinfo shows, by the largest size that shows them (github.com/rwnx/lambda-cpuinfo)
_VISIBLE_UP_TO_MB = ((3_008, 2), (5_307, 3), (7_076, 4), (8_845, 5), (MEMORY_MAX_MB, 6))


def vcpu_share(memory_mb: float) -> float:
    """The vCPUs that a memory size buys: memory / 1769, linear up to 5.79 at 10,240 MB."""
    return memory_mb / ONE_VCPU_MB


def visible_vcpus(memory_mb: int) -> int:
    """The number of cores a function sees; its CPU time is limited by `vcpu_share`, not by this."""
    return next(cores for up_to_mb, cores in _VISIBLE_UP_TO_MB if memory_mb <= up_to_mb)
