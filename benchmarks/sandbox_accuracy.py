"""How exactly the sandbox gives a memory size its CPU: duration x share / CPU time, ideally 1.000.

    python benchmarks/sandbox_accuracy.py [CALLS]

One handler of pure computing, under every mechanism that works on this machine, sizes interleaved. Just
below one is right: a call that starts with a full quota is ahead by a part of the first period.
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path
from statistics import median

from tabulate import tabulate

from cost_models.cpu import vcpu_share
from tuner.platforms.base import InvocationRequest
from tuner.platforms.local import open_local, probe

SIZES_MB = (128, 256, 512, 1024, 1769)
HANDLER = """
import hashlib
def handler(event, context):
    hashlib.pbkdf2_hmac("sha256", b"secret", b"salt", 250_000)
"""


def main() -> None:
    """Print one row a mechanism."""
    calls = int(sys.argv[1]) if len(sys.argv) > 1 else 6
    rows = []
    with tempfile.TemporaryDirectory() as folder:
        Path(folder, "app.py").write_text(HANDLER)
        for mechanism in probe():
            if mechanism.available:
                ratios = measure(Path(folder), mechanism.name, calls)
                rows.append([mechanism.name, *(f"{ratios[size]:.3f}" for size in SIZES_MB)])
            else:
                rows.append([mechanism.name, mechanism.reason])
    print(
        tabulate(
            rows,
            headers=["mechanism", *(f"{size} MB" for size in SIZES_MB)],
            tablefmt="github",
            disable_numparse=True,
        )
    )


def measure(folder: Path, mechanism: str, calls: int) -> dict[int, float]:
    """The median ratio at each size."""
    ratios: dict[int, list[float]] = {size: [] for size in SIZES_MB}
    with open_local(".:app.handler", root=folder, mechanism=mechanism) as platform:
        for call in range(calls + 1):
            for size in SIZES_MB:
                got = platform.invoke(InvocationRequest(size, 60, b"{}"))
                if call and got.duration_ms and got.cpu_time_ms:
                    ratios[size].append(got.duration_ms * min(1.0, vcpu_share(size)) / got.cpu_time_ms)
    return {size: median(found) for size, found in ratios.items()}


if __name__ == "__main__":
    main()
