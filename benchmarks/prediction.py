"""How well a few calls at full speed predict the duration at sizes whose CPU is limited.

    python benchmarks/prediction.py [CALLS]

Functions of several kinds are profiled, then measured at every size, sizes interleaved, and compared with
the simulation of their profile and with the plain formula waiting + CPU / share. An error is that of the
mean duration at a size; the table has the median of their absolute values over the sizes.

The same work costs another CPU time from one moment to the next, which no prediction can know. So there are
two comparisons: the first takes the CPU time of the profile, "same CPU time" scales the profile to
the CPU time that each call turned out to use, which leaves the error of the model.
"""

from __future__ import annotations

import sys
import tempfile
from dataclasses import dataclass, replace
from pathlib import Path
from statistics import mean, median

import numpy as np
from tabulate import tabulate

from cost_models.cpu import vcpu_share
from cost_models.throttling import simulate_duration_ms
from tuner.errors import TunerError
from tuner.platforms.base import InvocationRequest
from tuner.platforms.local import open_local
from tuner.platforms.local.profile import Profile
from tuner.records import Invocation

SIZES_MB = (128, 256, 512, 1024, 1769)
PROFILED_CALLS = 5
TIMEOUT_S = 30
PYTHON = """
import hashlib, threading, time
def work(rounds): hashlib.pbkdf2_hmac("sha256", b"secret", b"salt", rounds)
def handler(event, context):
"""
BODIES = {
    "short": "work(4_000)",
    "less short": "work(15_000)",
    "CPU-bound": "work(150_000)",
    "I/O-bound": "for _ in range(5): work(500); time.sleep(0.03)",
    "mixed, interleaved": "for _ in range(5): work(12_000); time.sleep(0.02)",
    "mixed, one block": "work(60_000); time.sleep(0.1)",
    "two threads": (
        "several = [threading.Thread(target=work, args=[100_000]) for _ in range(2)]\n"
        "    for each in several: each.start()\n"
        "    for each in several: each.join()"
    ),
}
NODE = "examples/node_hash:app.handler"


@dataclass(frozen=True, slots=True)
class Errors:
    """Absolute relative errors at each size, of the simulation and of the plain formula."""

    simulated: list[float]
    plain: list[float]


def main() -> None:
    """Print one row a function."""
    calls = int(sys.argv[1]) if len(sys.argv) > 1 else 8
    root = Path(__file__).parents[1]
    rows = []
    with tempfile.TemporaryDirectory() as folder:
        for number, (name, body) in enumerate(BODIES.items()):
            Path(folder, f"app{number}.py").write_text(f"{PYTHON}    {body}\n")
            rows.append(row(name, f"{folder}:app{number}.handler", root, calls))
    try:
        rows.append(row("Node.js, CPU-bound", NODE, root, calls))
    except TunerError as error:
        print(f"without Node.js: {error}")
    rows.append(["median", "", "", "", *(median(each[column] for each in rows) for column in range(4, 8))])
    print(
        tabulate(
            [[*each[:4], *(f"{100 * error:.1f} %" for error in each[4:])] for each in rows],
            headers=[
                "function",
                "CPU [ms]",
                "waiting [ms]",
                "slices",
                "simulated",
                "formula",
                "simulated, same CPU time",
                "formula, same CPU time",
            ],
            tablefmt="github",
            disable_numparse=True,
        )
    )


def row(name: str, spec: str, root: Path, calls: int) -> list[object]:
    """The profile of one function and the medians of its errors."""
    profile, measured = measure(spec, root, calls)
    cells: list[object] = [
        name,
        f"{profile.cpu_ms:.1f}",
        f"{sum(each.wait_ms for each in profile.slices):.1f}",
        len(profile.slices),
    ]
    for same_cpu in (False, True):
        errors = compare(profile, measured, same_cpu=same_cpu)
        cells += [median(errors.simulated), median(errors.plain)]
    return cells


def measure(spec: str, root: Path, calls: int) -> tuple[Profile, dict[int, list[Invocation]]]:
    """The profile, and the undisturbed warm calls at each size."""
    found: dict[int, list[Invocation]] = {size: [] for size in SIZES_MB}
    with open_local(spec, root=root) as platform:
        profile = platform.profile(timeout_s=TIMEOUT_S, payload=b"{}", calls=PROFILED_CALLS)
        unused = 1 + platform.describe().warm_ups
        for call in range(unused + calls):
            for size in SIZES_MB:
                got = platform.invoke(InvocationRequest(size, TIMEOUT_S, b"{}"))
                if call >= unused:
                    found[size].append(got)
    quiet = {size: [each for each in got if each.excluded is None] for size, got in found.items()}
    return profile, {size: quiet[size] or found[size] for size in SIZES_MB}


def compare(profile: Profile, measured: dict[int, list[Invocation]], *, same_cpu: bool) -> Errors:
    """The errors of the mean durations, with the CPU time of the profile or with each call's own."""
    errors = Errors([], [])
    for size, calls in measured.items():
        duration = mean(each.duration_ms or 0.0 for each in calls)
        factors = [(each.cpu_time_ms or 0.0) / profile.cpu_ms for each in calls] if same_cpu else [1.0]
        simulated = mean(simulated_ms(profile, size, factor) for factor in factors)
        plain = mean(plain_ms(profile, size, factor) for factor in factors)
        errors.simulated.append(abs(simulated / duration - 1))
        errors.plain.append(abs(plain / duration - 1))
    return errors


def simulated_ms(profile: Profile, memory_mb: int, factor: float) -> float:
    """The simulated duration of a profile whose CPU times are multiplied by a factor."""
    slices = [replace(each, cpu_ms=each.cpu_ms * factor) for each in profile.slices]
    return float(np.asarray(simulate_duration_ms(slices, memory_mb)))


def plain_ms(profile: Profile, memory_mb: int, factor: float) -> float:
    """Waiting + CPU / share, of as many CPUs as the function uses at a time."""
    waiting = sum(each.wait_ms for each in profile.slices)
    return waiting + profile.cpu_ms * factor / min(vcpu_share(memory_mb), profile.parallelism)


if __name__ == "__main__":
    main()
