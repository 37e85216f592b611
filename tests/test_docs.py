"""Documents that are written from the code are in step with it, and links lead somewhere."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
DOCUMENTS = [*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md"), *(ROOT / "reports").glob("*.md")]


def test_the_command_line_reference_is_in_step():
    script = ROOT / "docs" / "write_cli_reference.py"
    finished = subprocess.run(
        [sys.executable, str(script), "--check"], capture_output=True, text=True, check=False
    )
    assert 0 == finished.returncode, finished.stderr


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: str(path.relative_to(ROOT)))
def test_links_to_files_lead_somewhere(document):
    text = document.read_text(encoding="utf-8")
    targets = re.findall(r"\]\(([^)#\s]+)[^)]*\)|(?:src|srcset)=\"([^\"]+)\"", text)
    for target in {a or b for a, b in targets}:
        if not target.startswith(("http://", "https://", "data:")):
            assert (document.parent / target).exists(), f"{document.name} links to {target}"
