"""The gate on a real function on this machine: the same code against itself, and against 20 % more work.

python benchmarks/gate_on_examples.py --same 20 --slower 10 --load

Each run is a `tuner gate` of its own in a repository made for it; `--load` keeps one core busy meanwhile.
"""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import click
from tabulate import tabulate

EXAMPLE = Path(__file__).parent.parent / "examples" / "cpu_bound"
LIMIT = 1_500_000
# The sieve's work grows a little faster than its limit: this limit needs about 20 % more CPU time.
MORE = 1_790_000
_BURN = "while True: pass"
_IDENTITY = ("-c", "user.name=benchmark", "-c", "user.email=benchmark@example.org")


@click.command()
@click.option("--same", default=20, help="Runs of the same code against itself.")
@click.option("--slower", default=10, help="Runs against 20 % more work.")
@click.option("--load", is_flag=True, help="Keep one core busy with something else.")
@click.option("--first-seed", default=0, help="Of the order of calls.")
def main(same: int, slower: int, load: bool, first_seed: int) -> None:
    """Print how the gates ended, and how long they took."""
    rows = []
    with tempfile.TemporaryDirectory() as folder, _busy(load):
        repository = Path(folder)
        handler = _make(repository)
        for name, runs, limit in (("the same code", same, LIMIT), ("20 % more work", slower, MORE)):
            handler.write_text(_with_limit(handler.read_text(), limit))
            documents = [_gate(repository, first_seed + run) for run in range(runs)]
            if documents:
                rows.append(_row(name, documents))
    print(tabulate(rows, headers=("change", "runs", "verdicts", "calls", "seconds"), tablefmt="github"))


def _make(repository: Path) -> Path:
    """A repository with the example in it; returns its handler."""
    shutil.copytree(EXAMPLE, repository / "src", ignore=shutil.ignore_patterns("__pycache__"))
    (repository / "tuner.toml").write_text(
        '[functions.f]\ntarget = "local:src:app.handler"\nmemory = 1769\ntimeout = 10\n'
    )
    for arguments in (["init", "--quiet"], ["add", "."], ["commit", "--quiet", "-m", "base"]):
        subprocess.run(["git", *_IDENTITY, *arguments], cwd=repository, check=True)
    return repository / "src" / "app.py"


def _with_limit(code: str, limit: int) -> str:
    return re.sub(r'"limit", [\d_]+', f'"limit", {limit}', code)


def _gate(repository: Path, seed: int) -> dict[str, object]:
    command = ["tuner", "gate", "f", "--against", "HEAD", "--seed", str(seed), "--json"]
    ran = subprocess.run(
        [sys.executable, "-m", *command], cwd=repository, capture_output=True, text=True, check=False
    )
    document: dict[str, object] = json.loads(ran.stdout)
    print(f"{document['verdict']}: {document['headline']}", file=sys.stderr)
    return document


def _row(name: str, documents: list[dict[str, object]]) -> tuple[object, ...]:
    verdicts = Counter(str(document["verdict"]) for document in documents)
    spent = [document["spent"] for document in documents]
    calls = sum(each["invocations"] for each in spent) / len(spent)  # type: ignore[index]
    seconds = sum(each["seconds"] for each in spent) / len(spent)  # type: ignore[index]
    said = ", ".join(f"{count} {verdict}" for verdict, count in verdicts.most_common())
    return name, len(documents), said, round(calls), round(seconds)


@contextmanager
def _busy(load: bool) -> Iterator[None]:
    burning = subprocess.Popen([sys.executable, "-c", _BURN]) if load else None
    try:
        yield
    finally:
        if burning:
            burning.kill()


if __name__ == "__main__":
    main()
