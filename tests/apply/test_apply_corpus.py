"""Templates as people write them: only the intended lines change, and the way back leads to the same bytes.

The expected differences are files; `UPDATE_GOLDENS=1 pytest tests/apply` writes them anew.
"""

import importlib.util
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tuner.apply import Scope, Setting, plan_changes, unified_diff

FOLDER = Path(__file__).parents[1] / "fixtures" / "templates"
TEMPLATES = sorted(path.name for path in FOLDER.iterdir() if path.is_file())
WISHES = {Setting.MEMORY: 1024, Setting.TIMEOUT: 7}
EVERY_WISH = {**WISHES, Setting.ARCHITECTURE: "arm64", Setting.RESERVED_CONCURRENCY: 10}
FORMS = {
    "as it is": lambda content: content,
    "Windows line ends": lambda content: content.replace(b"\n", b"\r\n"),
    "a byte order mark": lambda content: b"\xef\xbb\xbf" + content,
    "no final line end": lambda content: content.rstrip(b"\n"),
}


def plan_for(path, wishes=WISHES):
    shared = "shared" in path.name or path.stem == "for-each"
    return plan_changes(path, "Thumbnail", wishes, scope=Scope(shared=shared))


@pytest.mark.parametrize("name", TEMPLATES)
def test_the_difference_is_the_expected_one(name, monkeypatch):
    monkeypatch.chdir(FOLDER)
    found = unified_diff(plan_for(Path(name))).encode()
    golden = FOLDER / "expected" / f"{name}.diff"
    if os.environ.get("UPDATE_GOLDENS") == "1":
        golden.parent.mkdir(exist_ok=True)
        golden.write_bytes(found)
    assert golden.read_bytes() == found


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("name", TEMPLATES)
def test_what_was_changed_can_be_changed_back_to_the_same_bytes(name, form, tmp_path):
    path = tmp_path / name
    original = FORMS[form]((FOLDER / name).read_bytes())
    path.write_bytes(original)
    plan = plan_for(path)
    path.write_bytes(plan.after)
    assert [1024, 7] == [change.after for change in plan.changes]
    replaced = {c.setting: c.before for c in plan.changes if c.before is not None}
    back = plan_for(path, replaced).after if replaced else plan.after
    added = len(back) - len(original)
    start = next((n for n, (a, b) in enumerate(zip(original, back, strict=False)) if a != b), len(original))
    # What was added is one piece of text; where nothing was, the piece is empty.
    assert len(replaced) == len(plan.changes) or added > 0
    assert original == back[:start] + back[start + added :]
    assert added == 0 or len(replaced) < len(plan.changes)


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("name", TEMPLATES)
def test_a_second_time_there_is_nothing_to_change(name, form, tmp_path):
    path = tmp_path / name
    path.write_bytes(FORMS[form]((FOLDER / name).read_bytes()))
    path.write_bytes(plan_for(path, EVERY_WISH).after)
    again = plan_for(path, EVERY_WISH)
    assert ((), again.before) == (again.changes, again.after)


def test_line_ends_stay_what_they_are(tmp_path):
    for name in TEMPLATES:
        path = tmp_path / name
        path.write_bytes(FORMS["Windows line ends"]((FOLDER / name).read_bytes()))
        after = plan_for(path, EVERY_WISH).after
        assert after.count(b"\r\n") == after.count(b"\n"), name


def test_git_takes_the_differences_forth_and_back(tmp_path, monkeypatch):
    shutil.copytree(FOLDER, tmp_path / "templates", ignore=shutil.ignore_patterns("expected"))
    monkeypatch.chdir(tmp_path / "templates")
    plans = [plan_for(Path(name)) for name in TEMPLATES]
    patch = "".join(unified_diff(plan) for plan in plans).encode()
    for way, side in ((), "after"), (("--reverse",), "before"):
        applied = subprocess.run(["git", "apply", *way, "-"], input=patch, capture_output=True, check=False)
        assert 0 == applied.returncode, applied.stderr
        for plan in plans:
            assert getattr(plan, side) == plan.file.read_bytes()


@pytest.mark.skipif(shutil.which("terraform") is None, reason="Terraform is not installed")
def test_terraform_still_reads_what_was_changed(tmp_path):
    for name in (name for name in TEMPLATES if name.endswith(".tf")):
        (tmp_path / name).write_bytes(plan_for(FOLDER / name, EVERY_WISH).after)
    read = subprocess.run(["terraform", "fmt", tmp_path], capture_output=True, text=True, check=False)
    assert 0 == read.returncode, read.stderr


@pytest.mark.skipif(importlib.util.find_spec("cfnlint") is None, reason="cfn-lint is not installed")
def test_cfn_lint_passes_on_every_file_that_was_changed(tmp_path):
    (tmp_path / "src").mkdir()
    names = [name for name in TEMPLATES if name.startswith(("sam", "cfn"))]
    for name in names:
        provisioned = {Setting.PROVISIONED_CONCURRENCY: 5} if "-alias" in name else {}
        (tmp_path / name).write_bytes(plan_for(FOLDER / name, EVERY_WISH | provisioned).after)
    lint = [sys.executable, "-m", "cfnlint.runner.cli", "--non-zero-exit-code", "none"]
    found = subprocess.run(
        [*lint, "--regions", "us-east-1", "--format", "json", "--", *names],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    errors = [(e["Filename"], e["Message"]) for e in json.loads(found.stdout) if e["Level"] == "Error"]
    assert 30 <= len(names)
    assert [] == errors
