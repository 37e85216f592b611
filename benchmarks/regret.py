"""What tuner's answers lose against the best memory size, beside the published methods of its peers.

python benchmarks/regret.py --help

The functions are durations that people measured on AWS Lambda (`data/README.md`), taken for the truth and
invoked with the same noise and cold starts by every method. Regret is what the recommended size loses in the
strategy's aim against the best size of the range, by the truth.
"""

from __future__ import annotations

import os

os.environ["OMP_NUM_THREADS"] = "1"  # before numpy is imported: --jobs says how many cores to use

import shlex
import sys
from collections.abc import Iterable, Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from zlib import crc32

import click
from methods import METHODS, choose_methods
from regret_chart import draw_chart
from regret_report import Run, as_markdown, as_text
from tables import Table, load_tables, truth_of

from tuner.records import Strategy

OUT = Path(__file__).parent / "results"


@dataclass(frozen=True)
class Job:
    """One question to one method."""

    method: str
    table: Table
    strategy: Strategy
    run: int


@click.command(context_settings={"help_option_names": ["-h", "--help"]})
@click.option(
    "--tables", "which", default="eval", metavar="eval|all|FILE", help="JSON: ids, or tables of your own."
)
@click.option("--seeds", type=click.IntRange(1), default=5, help="Runs on each table.", show_default=True)
@click.option("--strategy", type=click.Choice([*map(str, Strategy), "all"]), default="all", show_default=True)
@click.option(
    "--methods", "patterns", default="*", metavar="NAMES", help=f"Of {', '.join(METHODS)}; * is any."
)
@click.option("--jobs", type=click.IntRange(1), default=1, help="Processes.", show_default=True)
@click.option(
    "--out", type=click.Path(file_okay=False, path_type=Path), default=OUT, help="Folder of the results."
)
def main(*, which: str, seeds: int, strategy: str, patterns: str, jobs: int, out: Path) -> None:
    """Compare what memory sizes lose that tuner and its peers recommend."""
    try:
        tables, methods = load_tables(which), choose_methods(patterns)
    except (OSError, ValueError, KeyError) as error:
        raise click.UsageError(str(error)) from error
    strategies = list(Strategy) if strategy == "all" else [Strategy(strategy)]
    todo = [
        Job(method.name, table, asked, run)
        for asked in strategies
        for method in methods
        if asked in method.strategies
        for table in tables
        for run in range(seeds)
    ]
    with click.progressbar(
        answers(todo, jobs), length=len(todo), label="asking", file=sys.stderr
    ) as asked_all:
        runs = list(asked_all)
    click.echo(as_text(runs, tables))
    out.mkdir(parents=True, exist_ok=True)
    command = shlex.join(["python", "benchmarks/regret.py", *sys.argv[1:]])
    (out / "regret.md").write_text(as_markdown(runs, tables, command), encoding="utf-8")
    (out / "regret.svg").write_text(draw_chart(runs), encoding="utf-8")


def answers(todo: Iterable[Job], processes: int) -> Iterator[Run]:
    """What each job came to, in their order."""
    if processes == 1:
        yield from map(answer, todo)
        return
    with ProcessPoolExecutor(processes) as pool:
        yield from pool.map(answer, todo, chunksize=4)


def answer(job: Job) -> Run:
    """Ask a method, and look up what its answer loses."""
    # The same noise on every table would leave too few draws to average over; methods do share theirs.
    seed = crc32(f"{job.table.id} {job.run}".encode())
    found = METHODS[job.method].ask(job.table, job.strategy, seed)
    return Run(
        method=METHODS[job.method].label,
        table=job.table.id,
        strategy=job.strategy,
        loss=truth_of(job.table).loss(job.strategy, found.memory_mb),
        answer=found,
    )


if __name__ == "__main__":
    main()
