"""Runs `tuner gate` for each line of $TARGETS and leaves its reports in a folder: the heart of action.yml.

    gate_targets.py TUNER FOLDER

Always ends with 0 itself, so that a comment can be written; the exit code of tuner is an output.
"""

from __future__ import annotations

import json
import os
import shlex
import subprocess
import sys
from pathlib import Path

WORST_FIRST = (1, 70, 3, 2, 130, 4, 0)
BUG = 70
VERDICTS_WORST_FIRST = (
    "regression",
    "error",
    "not_comparable",
    "no_baseline",
    "inconclusive",
    "improvement",
    "pass",
)


def main(tuner: str, folder: Path) -> None:
    """Run them all; one that fails does not keep the others from being measured."""
    folder.mkdir(parents=True, exist_ok=True)
    targets = [line.strip() for line in os.environ["TARGETS"].splitlines() if line.strip()]
    against = [f"--against={value}"] if (value := os.environ.get("AGAINST")) else []
    arguments = [*against, *shlex.split(os.environ.get("ARGS", ""))]
    found = [
        gate(tuner, target, arguments, folder / f"gate-{n}") for n, target in enumerate(targets, start=1)
    ]
    codes, verdicts = zip(*found, strict=True) if found else ((2,), ("error",))
    with Path(os.environ["GITHUB_OUTPUT"]).open("a", encoding="utf-8") as output:
        output.write(f"exit-code={min(codes, key=WORST_FIRST.index)}\n")
        output.write(f"verdict={min(verdicts, key=VERDICTS_WORST_FIRST.index)}\n")
        output.write(f"reports={folder}\n")


def gate(tuner: str, target: str, arguments: list[str], stem: Path) -> tuple[int, str]:
    """The exit code and the verdict of one target; warnings and annotations go straight to the log."""
    document, markdown, junit = (stem.with_name(stem.name + end) for end in (".json", ".md", ".junit.xml"))
    outputs = ["--json", f"--markdown={markdown}", f"--junit={junit}"]
    with document.open("wb") as stdout:
        ran = subprocess.run([tuner, "gate", *arguments, *outputs, "--", target], stdout=stdout, check=False)
    verdict, said = _read(document)
    sys.stdout.write(f"{said}\n")
    sys.stdout.flush()
    return ran.returncode if ran.returncode in WORST_FIRST else BUG, verdict


def _read(document: Path) -> tuple[str, str]:
    try:
        found = json.loads(document.read_text(encoding="utf-8"))
        verdict, headline = found["verdict"], found["headline"]
    except (ValueError, KeyError, TypeError):
        return "error", "tuner gate gave no verdict"
    return (verdict, headline) if verdict in VERDICTS_WORST_FIRST else ("error", headline)


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]))
