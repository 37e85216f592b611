"""The page of a fleet in a browser, and a fleet tuned on threads and on a Dask cluster that loses a worker.

    python benchmarks/fleet.py [--functions 1000,10000] [--rounds 5] [--write]

The page is timed in headless Chromium: from the navigation until the filters work, and one sort and one
filter of all rows, each until the next frame is drawn. The functions are made up from a fixed formula.
"""

from __future__ import annotations

import argparse
import os
import signal
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

ROOT = Path(__file__).parent.parent
sys.path[:0] = [str(ROOT / "tests" / "support"), str(ROOT / "tests" / "reporting")]

from browser import Browser, find_chromium  # noqa: E402 - found by the path above
from fleet_cases import large_fleet  # noqa: E402

from tuner.fleet.assignment import ThreadSignal  # noqa: E402
from tuner.fleet.campaign import Workers, tune_all  # noqa: E402
from tuner.fleet.ledger import Chosen, new_ledger  # noqa: E402
from tuner.fleet.outlay import plan_outlay  # noqa: E402
from tuner.fleet.purse import Purse  # noqa: E402
from tuner.fleet.records import Attempt  # noqa: E402
from tuner.fleet.targets import fleet_of_targets  # noqa: E402
from tuner.reporting.fleet import render  # noqa: E402

RESULT = Path(__file__).parent / "results" / "fleet.md"
MODELS = ("cpu-bound", "image-resize", "io-bound", "mixed", "parallel", "short-burst")
TUNED = 24
DRAWN = "new Promise((done) => requestAnimationFrame(() => setTimeout(done)))"
SORT = f"""(async () => {{
  const buttons = [...document.querySelectorAll('#fleet thead button')];
  const button = buttons.find((b) => b.textContent === 'cost a month');
  const began = performance.now(); button.click(); await {DRAWN}; return performance.now() - began; }})()"""
FILTER = f"""(async () => {{
  document.getElementById('words').value = 'team-07';
  const began = performance.now();
  document.querySelector('.filters').dispatchEvent(new Event('input'));
  await {DRAWN}; return performance.now() - began; }})()"""


def time_page(browser: Browser, functions: int, rounds: int, folder: Path) -> list[float]:
    """Size [MB], and the median milliseconds to open, sort and filter."""
    path = folder / f"{functions}.html"
    path.write_text(render(large_fleet(functions), "html"), encoding="utf-8")
    opened, sorted_, filtered = [], [], []
    for _ in range(rounds):
        began = time.perf_counter()
        browser.open(path)
        browser.evaluate(DRAWN)
        opened.append((time.perf_counter() - began) * 1000)
        shown = browser.evaluate("document.getElementById('shown').textContent")
        assert shown == f"{functions:,} of {functions:,}"
        sorted_.append(browser.evaluate(SORT))
        filtered.append(browser.evaluate(FILTER))
        assert browser.evaluate("document.getElementById('shown').textContent") != shown
    medians = [sorted(times)[len(times) // 2] for times in (opened, sorted_, filtered)]
    return [path.stat().st_size / 1e6, *medians]


def tune(workers: Workers, folder: Path, observer=lambda _: None) -> tuple[dict[str, Attempt], float]:
    """The same fleet of models on any workers: what came of it, and the seconds."""
    targets = {f"function-{n:02d}": f"model:{MODELS[n % len(MODELS)]}" for n in range(TUNED)}
    fleet = fleet_of_targets(targets)
    assignments = plan_outlay(fleet.functions, {}, {}, folder, workers.parallel).assignments
    ledger = new_ledger(folder, [Chosen(a.key, a.function, a.settings.target.spec) for a in assignments])
    began = time.perf_counter()
    tune_all(assignments, workers, Purse(1.0), ledger, observer=observer)
    return ledger.attempts, time.perf_counter() - began


def compare_workers(folder: Path) -> str:
    """Threads against a Dask cluster of two processes, one of which is killed after the third function."""
    from distributed import Client, LocalCluster

    from tuner.fleet.dask_cluster import dask_workers

    with ThreadPoolExecutor(2) as pool:
        on_threads, threads_s = tune(Workers(pool, 2, ThreadSignal()), folder / "threads")
    options = {"processes": True, "n_workers": 2, "threads_per_worker": 1, "dashboard_address": None}
    ended: list[Attempt] = []
    with LocalCluster(**options, silence_logs=50) as cluster:
        with Client(cluster) as client:
            victim, _ = client.run(os.getpid).values()

        def kill_one(attempt: Attempt) -> None:
            ended.append(attempt)
            if len(ended) == 3:
                os.kill(victim, signal.SIGKILL)

        with dask_workers(cluster.scheduler_address) as workers:
            on_dask, dask_s = tune(workers, folder / "dask", kill_one)
    same = sum(on_dask[key] == attempt for key, attempt in on_threads.items())
    return (
        f"{TUNED} functions played by cost models, two at a time: {threads_s:.1f} s on threads, "
        f"{dask_s:.1f} s on a local Dask cluster of two processes, one of which was killed after the third "
        f"function. {same} of {len(on_threads)} results are the same in every field."
    )


def main() -> None:
    """Run the benchmark."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--functions", default="1000,10000")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--write", action="store_true", help=f"write {RESULT.name}")
    arguments = parser.parse_args()
    chromium = find_chromium()
    if chromium is None:
        raise SystemExit("no Chromium here; install one, or name it in CHROME_BIN")
    lines = ["| functions | page [MB] | open [ms] | sort [ms] | filter [ms] |", "|---:|---:|---:|---:|---:|"]
    with tempfile.TemporaryDirectory() as name:
        browser = Browser(chromium)
        try:
            for functions in map(int, arguments.functions.split(",")):
                row = time_page(browser, functions, arguments.rounds, Path(name))
                lines.append(
                    f"| {functions:,} | {row[0]:.2f} | " + " | ".join(f"{ms:,.0f}" for ms in row[1:]) + " |"
                )
        finally:
            browser.close()
        text = "\n".join(lines) + f"\n\n{compare_workers(Path(name))}"
    text += f"\n\nMedian of {arguments.rounds} rounds in headless Chromium, {os.cpu_count()} cores."
    print(text)
    if arguments.write:
        head = "# The fleet\n\n`python benchmarks/fleet.py --write` wrote this.\n\n"
        RESULT.write_text(f"{head}{text}\n")


if __name__ == "__main__":
    main()
