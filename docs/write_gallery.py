"""Write reports/README.md, the index of the examples' reports, from the reports themselves.

python docs/write_gallery.py NAME...
"""

from __future__ import annotations

import sys
from pathlib import Path

REPORTS = Path(__file__).parent.parent / "reports"


def gallery(names: list[str]) -> str:
    """The headline and the picture of each report, as Markdown."""
    parts = [
        "# Reports of the examples",
        "Written by `make reports` on one machine; local times are relative (see the notice in each report).",
    ]
    for name in names:
        lines = (REPORTS / f"{name}.md").read_text(encoding="utf-8").splitlines()
        headline = next(line for line in lines if line.startswith("**"))
        parts += [f"## [{name}]({name}.md)", headline, _picture(lines)]
    parts += [
        "## Other forms",
        "[my-func as a page](my-func.html): download it and open it from disk. [Two architectures of a cost "
        "model](architectures.md), compared. [How these runs went over time](history.jsonl): "
        "`tuner history my-func`. More in [docs/reports.md](../docs/reports.md).",
    ]
    return "\n\n".join(parts) + "\n"


def _picture(lines: list[str]) -> str:
    """The report's `<picture>` element; its file names are relative to the same folder."""
    first = next(n for n, line in enumerate(lines) if "<picture>" in line)
    last = next(n for n, line in enumerate(lines) if "</picture>" in line)
    return "\n".join(lines[first : last + 1])


if __name__ == "__main__":
    (REPORTS / "README.md").write_text(gallery(sys.argv[1:]), encoding="utf-8")
