"""How often the gate is wrong, how often it finds what is there, and how many calls that takes.

python benchmarks/gate_error_rates.py --help

Both versions are cost models, so that the true change is known: noise of a given coefficient of variation,
and 1 % of the calls three times slower. Every run has its own seeds; `--first-seed` chooses others.
"""

from __future__ import annotations

import os

os.environ["OMP_NUM_THREADS"] = "1"  # before numpy is imported: --jobs says how many cores to use

import math
import shlex
import sys
from collections import Counter
from collections.abc import Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path

import click
import numpy as np
from scipy.stats import norm
from tabulate import tabulate

from cost_models.pricing import find_prices
from cost_models.workload import Noise, PhysicalDuration, Workload
from tuner.gate import Answer, Contestant, Design, Duel, Questions, conclude, read_rules
from tuner.measure.events import Events
from tuner.platforms.base import InvocationRequest
from tuner.platforms.model import ModelPlatform
from tuner.records import Invocation
from tuner.units import format_percent

OUT = Path(__file__).parent / "results"
MEMORY_MB = 512
BASE_MS, INIT_MS = 200.0, 300.0
TAIL = {"slow_share": 0.01, "slow_factor": 3.0}
P50_5: Mapping[str, str] = {"p50": "5%"}
EVERY: Mapping[str, str] = {
    "cost": "10%",
    "p50": "10% and 2ms",
    "p95": "20% and 5ms",
    "init": "20% and 50ms",
    "max_memory": "10% and 16MB",
}


ANSWERS = (Answer.PASS, Answer.IMPROVEMENT, Answer.INCONCLUSIVE, Answer.REGRESSION)
HEADERS = ("change", "cv", "luck", "can fail", "bound", *map(str, ANSWERS), "pairs", "ceiling")
_PREFACE = """# How often the gate is wrong

Written by `{command}`. Both versions are cost models of 200 ms; 1 % of their calls are three times slower.
*cv* is the noise of single calls, *luck* that of whole environments. *Bound* is the number of pairs of calls
that a run may take in all, *pairs* what it took on average, both with the confirmation. The usual rules fail
on cost +10 %, and on p50 +10 % and +2 ms.

"""


@dataclass(frozen=True)
class Case:
    """A true change of the duration, the noise in which it is to be seen, and what is asked.

    `fail` of None are the usual rules. `luck` is how much environments differ, relative: each call of an
    environment is slower or faster by the same factor.
    """

    change: float = 0.0
    cv: float = 0.1
    fail: Mapping[str, str] | None = None
    max_pairs: int = Design().max_pairs
    luck: float = 0.0

    @property
    def rules(self) -> str:
        """The rules that can fail it, as one would write them."""
        if self.fail is None:
            return "usual"
        return (
            "all five"
            if self.fail == EVERY
            else ", ".join(f"{name} {value}" for name, value in self.fail.items())
        )


@dataclass(frozen=True)
class Run:
    """One verdict, and the pairs of calls it took, those of a confirmation among them."""

    answer: Answer
    pairs: int


@dataclass(frozen=True)
class Group:
    """Cases that answer one question; `note` says what to look for."""

    title: str
    note: str
    cases: tuple[Case, ...]


GROUPS = (
    Group(
        "The same code against itself",
        "A regression here is a false alarm.",
        (
            *(Case(cv=cv) for cv in (0.05, 0.1, 0.2, 0.3)),
            *(Case(cv=cv, fail=EVERY) for cv in (0.05, 0.1, 0.2, 0.3)),
            *(Case(luck=luck, fail=P50_5) for luck in (0.02, 0.05)),
        ),
    ),
    Group(
        "A change exactly at its threshold",
        "The worst that can be asked: a regression is called in at most 1 % of the runs by design.",
        (
            Case(0.05, fail=P50_5),
            Case(0.05, fail={"cost": "5%"}),
            Case(0.10),
            Case(0.10, cv=0.3),
            Case(0.05, fail=P50_5, luck=0.05),
        ),
    ),
    Group(
        "10 % slower, where 5 % is allowed",
        "*Ceiling* is what the best of all tests would find: one that spends all pairs at once, knows the "
        "law of the noise, needs no confirmation, and alarms in 1 % of the runs at the threshold, as this "
        "gate may.",
        tuple(Case(0.10, fail=P50_5, max_pairs=pairs) for pairs in (60, 120, 180, 240, 300)),
    ),
    Group(
        "Larger changes",
        "With the usual rules unless others are named.",
        (
            Case(0.20, fail=P50_5, max_pairs=60),
            *(Case(0.20, cv=cv) for cv in (0.05, 0.1, 0.2, 0.3)),
            Case(0.10, fail=P50_5, luck=0.02),
            Case(-0.20),
        ),
    ),
)


class LuckyPlatform(ModelPlatform):
    """A cost model whose environments are each slower or faster by a factor of their own."""

    def __init__(self, workload: Workload, *, seed: int, luck: float) -> None:
        super().__init__(workload, seed=seed)
        self._factors: dict[str | None, float] = {}
        self._luck = luck
        self._draws = np.random.default_rng([seed, 1])

    def invoke(self, request: InvocationRequest) -> Invocation:
        """One call, at the speed of its environment."""
        call = super().invoke(request)
        if call.environment not in self._factors:
            self._factors[call.environment] = math.exp(self._draws.normal(0, self._luck))
        duration = (call.duration_ms or 0.0) * self._factors[call.environment]
        return replace(call, duration_ms=duration, billed_duration_ms=math.ceil(duration))


@click.command(context_settings={"help_option_names": ["-h", "--help"]})
@click.option("--runs", type=click.IntRange(1), default=200, help="Of each case.", show_default=True)
@click.option("--first-seed", type=click.IntRange(0), default=0, help="Of the first run.", show_default=True)
@click.option("--jobs", type=click.IntRange(1), default=1, help="Processes.", show_default=True)
@click.option(
    "--out", type=click.Path(file_okay=False, path_type=Path), default=OUT, help="Folder of the results."
)
def main(*, runs: int, first_seed: int, jobs: int, out: Path) -> None:
    """Count the verdicts of the gate where the truth is known."""
    todo = [(case, first_seed + n) for group in GROUPS for case in group.cases for n in range(runs)]
    with ProcessPoolExecutor(jobs) as pool:
        work = pool.map(run, *zip(*todo, strict=True), chunksize=20)
        with click.progressbar(work, length=len(todo), label="gating", file=sys.stderr) as verdicts:
            found = list(verdicts)
    rows = [_row(todo[n][0], found[n : n + runs]) for n in range(0, len(todo), runs)]
    text = _as_markdown(rows, runs)
    click.echo(text)
    out.mkdir(parents=True, exist_ok=True)
    command = shlex.join(["python", "benchmarks/gate_error_rates.py", *sys.argv[1:]])
    (out / "gate_error_rates.md").write_text(_PREFACE.format(command=command) + text, encoding="utf-8")


def run(case: Case, seed: int) -> Run:
    """One gate from the first call to the verdict."""
    questions = Questions(
        rules=read_rules(fail=case.fail, warn={}),
        prices=find_prices("us-east-1", "x86_64"),
        design=Design(max_pairs=case.max_pairs),
    )
    duel = Duel(
        _version(case, 1.0, 2 * seed),
        _version(case, 1 + case.change, 2 * seed + 1),
        questions,
        events=Events(),
        timeout_s=30,
        seed=seed,
    )
    verdict = conclude(duel.run(), questions)
    return Run(verdict.answer, verdict.pairs + verdict.confirmation_pairs)


def _version(case: Case, factor: float, seed: int) -> Contestant:
    workload = Workload(
        "stand-in",
        PhysicalDuration(io_ms=BASE_MS * factor, cpu_ms=0.0),
        noise=Noise(cv=case.cv, **TAIL),
        init_duration_ms=INIT_MS,
        used_memory_mb=90,
    )
    return Contestant(LuckyPlatform(workload, seed=seed, luck=case.luck), MEMORY_MB)


def ceiling(case: Case) -> float:
    """The probability that the uniformly most powerful test of all pairs together calls a regression."""
    error = math.sqrt(2 * math.log1p(case.cv**2) / case.max_pairs)
    above = math.log((1 + case.change) / 1.05)
    return float(norm.sf(norm.isf(Design().alarm_rate) - above / error))


def _row(case: Case, runs: Sequence[Run]) -> list[str]:
    counts = Counter(run.answer for run in runs)
    *others, alarms = (counts[answer] / len(runs) for answer in ANSWERS)
    return [
        format_percent(case.change, signed=True),
        f"{case.cv:g}",
        f"{case.luck:g}" if case.luck else "",
        case.rules,
        f"{case.max_pairs}",
        *(format_percent(share) if share else "" for share in others),
        format_percent(alarms),
        f"{np.mean([run.pairs for run in runs]):.0f}",
        format_percent(ceiling(case)) if case.fail == P50_5 and case.change > 0.05 and not case.luck else "",
    ]


def _as_markdown(rows: Sequence[list[str]], runs: int) -> str:
    """A table a group."""
    parts, left = [f"Runs of each case: {runs}."], list(rows)
    for group in GROUPS:
        lines, left = left[: len(group.cases)], left[len(group.cases) :]
        filled = [n for n, name in enumerate(HEADERS) if any(line[n] for line in lines)]
        table = tabulate(
            [[line[n] for n in filled] for line in lines],
            [HEADERS[n] for n in filled],
            tablefmt="github",
            disable_numparse=True,
            stralign="right",
        )
        parts += [f"## {group.title}", group.note, table]
    return "\n\n".join(parts) + "\n"


if __name__ == "__main__":
    main()
