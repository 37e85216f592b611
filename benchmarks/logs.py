"""`tuner logs` against grep on a generated archive: speed, memory, growth, and whether its numbers are right.

    python benchmarks/logs.py [--records 1000000,10000000] [--folder /tmp/...] [--write]

The archive has 1,000 functions, text and JSON records mixed with application output, in CloudWatch's export
form, uncompressed; it is removed afterwards. The truth is kept by the generator, as arrays.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import math
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from cost_models.pricing import Usage, find_prices, line_items, total

FUNCTIONS = 1_000
TWO_SIZES = 0.05
DAY_MS = 86_400_000
BEGIN_MS = 1_795_392_000_000  # 2026-11-23T00:00Z
QUANTILES = {"p50": 0.5, "p90": 0.9, "p95": 0.95, "p99": 0.99, "p999": 0.999}
WORDS = [
    "order",
    "cart",
    "user",
    "payment",
    "item",
    "cache",
    "token",
    "queue",
    "retry",
    "batch",
    "region",
    "stock",
    "price",
    "email",
    "event",
]
METHOD = """Best of {rounds} rounds in turn, {cores} cores. Counts, billed milliseconds, timeouts and \
peak concurrency are those of the generator for each of {functions:,} functions and each size; the worst \
percentile is against `numpy.quantile`.

grep uses one core and stops at each line's first match; tuner uses all cores and takes every record apart. \
Where the archive does not fit into the page cache both wait for the disk, and the ratio falls. On a machine \
with other work compare CPU time: seconds on the clock then say as much of the other work."""
RESULT = Path(__file__).parent / "results" / "logs.md"


@dataclass(frozen=True)
class Truth:
    """What the records of one function say; arrays with one entry a call."""

    memory_mb: np.ndarray
    duration_ms: np.ndarray
    init_ms: np.ndarray
    billed_ms: np.ndarray
    end_ms: np.ndarray
    status: np.ndarray


def draw(rng: np.random.Generator, calls: int) -> Truth:
    """A day of one function: a duration of its own, bursts, cold starts, a slow tail, failures."""
    typical = math.exp(rng.uniform(1.5, 6.5))
    sizes = rng.choice([128, 256, 512, 1024, 1769], size=2, replace=False)
    at = np.sort(np.where(rng.random(calls) < 0.3, rng.beta(40, 60, calls), rng.random(calls))) * DAY_MS
    later = at > DAY_MS / 2
    memory = np.where(later & (rng.random() < TWO_SIZES), sizes[1], sizes[0])
    slow = np.where(rng.random(calls) < 0.01, 5.0, 1.0)
    duration = np.round(typical * np.sqrt(512 / memory) * rng.lognormal(0, 0.35, calls) * slow, 2)
    cold = rng.random(calls) < 0.01
    init = np.where(cold, np.round(rng.lognormal(5.7, 0.3, calls), 2), np.nan)
    status = rng.choice(["", "error", "timeout"], calls, p=[0.994, 0.005, 0.001])
    billed = np.ceil(np.round(duration + np.nan_to_num(init), 4)).astype(np.int64)
    end = (BEGIN_MS + at + duration + np.nan_to_num(init)).astype(np.int64)
    order = np.argsort(end, kind="stable")
    return Truth(*(column[order] for column in (memory, duration, init, billed, end, status)))


def generate(folder: Path, records: int, seed: int) -> list[Truth]:
    """Write the archive and return its truth, function by function."""
    rng = np.random.default_rng(seed)
    shares = rng.dirichlet(np.full(FUNCTIONS, 2.0))
    counts = np.maximum(1, rng.multinomial(records - FUNCTIONS, shares) + 1)
    pool = [" ".join(rng.choice(WORDS, size=int(rng.integers(8, 32)))) for _ in range(2_000)]
    truths = []
    for number, calls in enumerate(counts):
        truth = draw(rng, int(calls))
        stream = folder / f"aws-lambda-service-{number:04d}" / f"2026-11-23-[{number % 7 + 1}]{number:08x}"
        stream.mkdir(parents=True)
        picks = rng.integers(0, len(pool), (int(calls), 5))
        lines = json_lines if number % 5 < 2 else text_lines
        with (stream / "000000").open("w") as file:
            file.writelines(lines(truth, number, pool, picks))
        truths.append(truth)
    return truths


def text_lines(truth: Truth, number: int, pool: list[str], picks: np.ndarray):
    """START, application output, END and REPORT of every call, as the text format has them."""
    times = np.datetime_as_string(truth.end_ms.astype("datetime64[ms]")).tolist()
    rows = zip(*columns(truth), picks.tolist(), times, strict=True)
    for call, (memory, duration, init, billed, status, picked, at) in enumerate(rows):
        request_id = f"{number:08x}-{call & 0xFFFF:04x}-4000-8000-{call * 2654435761 & 0xFFFFFFFFFFFF:012x}"
        written = "".join(f"{at}Z {at}Z\t{request_id}\tINFO\t{pool[pick]}\n" for pick in picked)
        rest = "" if math.isnan(init) else f"Init Duration: {init:.2f} ms\t"
        rest += f"Status: {status}\t" if status else ""
        yield (
            f"{at}Z START RequestId: {request_id} Version: 1\n{written}"
            f"{at}Z END RequestId: {request_id}\n"
            f"{at}Z REPORT RequestId: {request_id}\tDuration: {duration:.2f} ms\t"
            f"Billed Duration: {billed} ms\tMemory Size: {memory} MB\t"
            f"Max Memory Used: {60 + call % 40} MB\t{rest}\n"
        )


def json_lines(truth: Truth, number: int, pool: list[str], picks: np.ndarray):
    """The same in the JSON format."""
    times = np.datetime_as_string(truth.end_ms.astype("datetime64[ms]")).tolist()
    rows = zip(*columns(truth), picks.tolist(), times, strict=True)
    for call, (memory, duration, init, billed, status, picked, at) in enumerate(rows):
        request_id = f"{number:08x}-{call & 0xFFFF:04x}-4000-8000-{call * 2654435761 & 0xFFFFFFFFFFFF:012x}"
        written = "".join(
            f'{at}Z {{"timestamp":"{at}Z","level":"INFO",'
            f'"requestId":"{request_id}","message":"{pool[pick]}"}}\n'
            for pick in picked
        )
        start = "" if math.isnan(init) else f'"initDurationMs":{init:.2f},'
        yield (
            f'{at}Z {{"time":"{at}Z","type":"platform.start",'
            f'"record":{{"requestId":"{request_id}","version":"1"}}}}\n'
            f'{written}{at}Z {{"time":"{at}Z","type":"platform.report","record":{{"requestId":"{request_id}",'
            f'"metrics":{{"durationMs":{duration:.2f},"billedDurationMs":{billed},"memorySizeMB":{memory},{start}'
            f'"maxMemoryUsedMB":{60 + call % 40}}},"status":"{status or "success"}"}}}}\n'
        )


def columns(truth: Truth):
    """Memory, duration, init, billed and status, as plain values."""
    found = (truth.memory_mb, truth.duration_ms, truth.init_ms, truth.billed_ms, truth.status)
    return tuple(column.tolist() for column in found)


@dataclass(frozen=True)
class Cost:
    """What a command took: seconds on the clock and of CPU time, and the peak of resident memory [MB]."""

    seconds: float
    cpu_s: float
    peak_mb: float


def timed(command: list[str], output: Path) -> Cost:
    """Run a command with its output in a file.

    The peak is read while it runs: what the system reports at the end has this process's own memory in it.
    """
    peak_kb = 0
    with output.open("wb") as file:
        started = time.perf_counter()
        process = subprocess.Popen(command, stdout=file, env=os.environ | {"LC_ALL": "C.UTF-8"})
        while not (ended := os.wait4(process.pid, os.WNOHANG))[0]:
            with contextlib.suppress(OSError):
                status = Path(f"/proc/{process.pid}/status").read_text()
                peak_kb = max(peak_kb, *(int(kb) for kb in re.findall(r"VmHWM:\s+(\d+)", status)), 0)
            time.sleep(0.02)
    seconds = time.perf_counter() - started
    _, status, usage = ended
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode not in (0, 1):
        raise SystemExit(f"{command[0]} ended with {process.returncode}")
    return Cost(seconds, usage.ru_utime + usage.ru_stime, peak_kb / 1024)


def compare(document: dict, truths: list[Truth]) -> dict[str, float]:
    """How far the document is from the truth, at worst; counts have to be the same."""
    prices = find_prices("us-east-1", "x86_64")
    percentile = cost = 0.0
    found = {entry["function"]: entry for entry in document["functions"]}
    assert document["unreadable_lines"] == 0
    for number, truth in enumerate(truths):
        entry = found[f"service-{number:04d}"]
        assert entry["invocations"] == truth.duration_ms.size
        assert entry["peak_concurrency"] == peak(truth), entry["function"]
        assert {size["memory_mb"] for size in entry["by_memory"]} == set(truth.memory_mb.tolist())
        for size in entry["by_memory"]:
            own = truth.memory_mb == size["memory_mb"]
            exact = np.quantile(truth.duration_ms[own], list(QUANTILES.values()))
            ours = np.array([size["duration_ms"][name] for name in QUANTILES])
            percentile = max(percentile, float(np.max(np.abs(ours / exact - 1))))
            billed = int(truth.billed_ms[own].sum())
            assert size["billed_duration_ms"]["total"] == billed
            assert size["outcomes"].get("timeout", 0) == int(np.sum(truth.status[own] == "timeout"))
            bill = total(line_items(prices, Usage(size["memory_mb"], int(own.sum()), billed)))
            cost = max(cost, abs(size["cost_usd"]["total"] - float(bill)))
    return {"percentile": percentile, "cost": cost}


def peak(truth: Truth) -> int:
    """The most calls at once, by walking through all events in order; ends come first."""
    begin = truth.end_ms * 1000 - np.maximum(
        1, np.round((truth.duration_ms + np.nan_to_num(truth.init_ms)) * 1000)
    ).astype(np.int64)
    times = np.concatenate([begin, truth.end_ms * 1000])
    step = np.repeat([1, -1], truth.end_ms.size)
    return int(np.max(np.cumsum(step[np.lexsort((step, times))])))


def measure(records: int, folder: Path, rounds: int) -> dict[str, float]:
    """Generate, then run the searchers and tuner in turn on the same files; the best round counts."""
    archive, output = folder / f"archive-{records}", folder / "output"
    started = time.perf_counter()
    truths = generate(archive, records, seed=records)
    size = sum(path.stat().st_size for path in archive.rglob("*") if path.is_file())
    print(
        f"{records:,} records, {size / 1e9:.2f} GB, written in {time.perf_counter() - started:.0f} s",
        flush=True,
    )
    commands = {"grep": ["grep", "-rc", "REPORT RequestId", str(archive)]}
    if shutil.which("rg"):
        commands["rg"] = ["rg", "-c", "REPORT RequestId", str(archive)]
    commands["tuner"] = [sys.executable, "-m", "tuner", "logs", str(archive), "--json"]
    best: dict[str, float] = {"records": records, "bytes": size}
    try:
        for _ in range(rounds):
            for name, command in commands.items():
                cost = timed(command, output)
                best[name] = min(best.get(name, math.inf), cost.seconds)
                best[f"{name}_cpu"] = min(best.get(f"{name}_cpu", math.inf), cost.cpu_s)
                if name == "tuner":
                    best["rss"] = max(best.get("rss", 0), cost.peak_mb)
                print(
                    f"  {name}: {cost.seconds:.2f} s, CPU {cost.cpu_s:.2f} s, {cost.peak_mb:.0f} MB",
                    flush=True,
                )
        best |= compare(json.loads(output.read_text()), truths)
    finally:
        shutil.rmtree(archive)
    return best


def table(rows: list[dict[str, float]]) -> str:
    """The results as Markdown."""
    searchers = [name for name in ("grep", "rg") if name in rows[0]]
    measured = [*searchers, "tuner"]
    head = ["records", "GB", *(f"{name} [s]" for name in measured), *(f"x {s}" for s in searchers)]
    head += [*(f"{name} CPU [s]" for name in measured), "records/s", "peak memory [MB]"]
    head += ["worst percentile", "worst cost [$]"]
    lines = [f"| {' | '.join(head)} |", f"|{'---:|' * len(head)}"]
    for row in rows:
        cells = [f"{row['records']:,.0f}", f"{row['bytes'] / 1e9:.2f}", *(f"{row[n]:.2f}" for n in measured)]
        cells += [*(f"{row['tuner'] / row[s]:.1f}" for s in searchers)]
        cells += [*(f"{row[f'{name}_cpu']:.2f}" for name in measured)]
        cells += [f"{row['records'] / row['tuner']:,.0f}", f"{row['rss']:.0f}"]
        cells += [f"{row['percentile'] * 100:.2f} %", f"{row['cost']:.1g}"]
        lines.append(f"| {' | '.join(cells)} |")
    return "\n".join(lines)


def growth(rows: list[dict[str, float]]) -> str:
    """How time grows from the first row to the last, on the clock and of CPU."""
    first, last = rows[0], rows[-1]
    clock, cpu = (
        math.log(last[name] / first[name]) / math.log(last["records"] / first["records"])
        for name in ("tuner", "tuner_cpu")
    )
    return (
        f"Time grows with the number of records to the power of {clock:.2f}, CPU time to the power of "
        f"{cpu:.2f}: start-up, percentiles and fits are of 1,000 functions, however many records there are."
    )


def main() -> None:
    """Run the benchmark."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--records", default="1000000,10000000")
    parser.add_argument("--folder", type=Path, default=Path(tempfile.gettempdir()))
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--write", action="store_true", help=f"write {RESULT.name}")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory(dir=arguments.folder, prefix="tuner-benchmark-") as folder:
        rows = [measure(int(n), Path(folder), arguments.rounds) for n in arguments.records.split(",")]
    text = table(rows)
    if len(rows) > 1:
        text += f"\n\n{growth(rows)}"
    text += f"\n\n{METHOD.format(rounds=arguments.rounds, cores=os.cpu_count(), functions=FUNCTIONS)}"
    print(text)
    if arguments.write:
        head = "# Reading production logs\n\n`python benchmarks/logs.py --write` wrote this.\n\n"
        RESULT.write_text(f"{head}{text}\n")


if __name__ == "__main__":
    main()
