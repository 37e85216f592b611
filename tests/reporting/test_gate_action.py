"""The GitHub Action and the GitLab template: they parse, inject nothing, and do what they say."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import gate_cases
import pytest
from ruamel.yaml import YAML

from tuner.reporting.gate import build_gate_view, comment_marker, gate_document, render_gate_markdown

ROOT = Path(__file__).parents[2]
TEMPLATES = ROOT / "ci-templates"
ACTIONS = [ROOT / "action.yml", TEMPLATES / "comment" / "action.yml"]
MARKER = comment_marker("my-func")


def read_yaml(path):
    return YAML(typ="safe").load(path.read_text(encoding="utf-8"))


@pytest.mark.parametrize("path", ACTIONS, ids=lambda path: str(path.relative_to(ROOT)))
def test_no_input_is_written_into_a_script(path):
    steps = read_yaml(path)["runs"]["steps"]
    scripts = [step["run"] for step in steps if "run" in step]
    assert scripts
    assert [] == [script for script in scripts if "${{" in script]
    assert all(step["shell"] == "bash" for step in steps if "run" in step)


def test_every_input_of_the_action_is_used_and_described():
    action = read_yaml(ROOT / "action.yml")
    used = json.dumps(action["runs"])
    assert [] == [name for name in action["inputs"] if f"inputs.{name}" not in used]
    assert all(text["description"] for text in (*action["inputs"].values(), *action["outputs"].values()))


@pytest.mark.parametrize("path", ACTIONS, ids=lambda path: str(path.relative_to(ROOT)))
def test_the_scripts_that_are_called_exist(path):
    for step in read_yaml(path)["runs"]["steps"]:
        for word in step.get("run", "").replace('"', " ").split():
            if word.startswith("$GITHUB_ACTION_PATH/"):
                assert (path.parent / word.removeprefix("$GITHUB_ACTION_PATH/")).is_file()


def test_the_gitlab_template_reports_even_when_the_gate_fails():
    job = read_yaml(TEMPLATES / "gitlab.yml")["tuner-gate"]
    assert "always" == job["artifacts"]["when"]
    command = job["script"][-1]
    for name in (*job["artifacts"]["reports"].values(), *job["artifacts"]["paths"]):
        assert f"={name}" in command
    assert 4 == job["allow_failure"]["exit_codes"]


def run_targets(tmp_path, targets, outcomes, **environment):
    """What the action's step leaves, with a stand-in for tuner that ends as `outcomes` say."""
    stand_in = tmp_path / "tuner"
    stand_in.write_text(
        f"#!{sys.executable}\n"
        "import json, sys\n"
        f"code, verdict = {outcomes!r}[sys.argv[-1]]\n"
        f"open({str(tmp_path / 'calls')!r}, 'a').write(json.dumps(sys.argv[1:]) + '\\n')\n"
        "print(json.dumps({'verdict': verdict, 'headline': 'so it is'} if verdict else {'error': {}}))\n"
        "sys.exit(code)\n"
    )
    stand_in.chmod(0o755)
    ran = subprocess.run(
        [sys.executable, str(TEMPLATES / "gate_targets.py"), str(stand_in), str(tmp_path / "reports")],
        env={**os.environ, "TARGETS": targets, "GITHUB_OUTPUT": str(tmp_path / "output"), **environment},
        capture_output=True,
        text=True,
        check=True,
    )
    calls = tmp_path / "calls"
    lines = (tmp_path / "output").read_text().splitlines()
    return (
        dict(line.split("=", 1) for line in lines),
        [json.loads(line) for line in calls.read_text().splitlines()] if calls.exists() else [],
        ran.stdout,
    )


@pytest.mark.parametrize(
    ("outcomes", "exit_code", "verdict"),
    [
        ({"a": (0, "pass"), "b": (0, "improvement")}, "0", "improvement"),
        ({"a": (4, "inconclusive"), "b": (1, "regression")}, "1", "regression"),
        ({"a": (4, "no_baseline"), "b": (0, "pass")}, "4", "no_baseline"),
        ({"a": (3, None), "b": (4, "inconclusive")}, "3", "error"),
        ({"a": (-9, None), "b": (0, "pass")}, "70", "error"),
    ],
)
def test_the_action_ends_with_the_worst_of_its_targets(tmp_path, outcomes, exit_code, verdict):
    outputs, calls, _ = run_targets(tmp_path, "a\n\n  b\n", outcomes)
    assert verdict == outputs["verdict"]
    assert exit_code == outputs["exit-code"]
    assert ["a", "b"] == [call[-1] for call in calls]


def test_what_the_caller_wrote_reaches_tuner_as_it_is(tmp_path):
    hostile = "$(touch pwned); --yes"
    _, calls, said = run_targets(
        tmp_path, hostile, {hostile: (0, "pass")}, AGAINST="-x $HOME", ARGS="--fail 'p95=10% and 5ms' `id`"
    )
    assert ["gate", "--against=-x $HOME", "--fail", "p95=10% and 5ms", "`id`"] == calls[0][:5]
    assert ["--", hostile] == calls[0][-2:]
    assert "so it is\n" == said


def test_without_a_target_the_action_does_not_pass(tmp_path):
    outputs, calls, _ = run_targets(tmp_path, " \n", {})
    assert ("2", "error", []) == (outputs["exit-code"], outputs["verdict"], calls)


def comment(tmp_path, *, comments=(), markdown=True, refuse=False, document=None):
    """The calls that comment.sh makes of a stand-in for `gh` that knows these comments."""
    reports = tmp_path / "reports"
    reports.mkdir()
    result = gate_cases.regression()
    (reports / "gate-1.json").write_text(json.dumps(document or gate_document(result)))
    if markdown:
        (reports / "gate-1.md").write_text(render_gate_markdown(build_gate_view(result)), encoding="utf-8")
    (tmp_path / "comments").write_text("".join(json.dumps([each]) for each in comments) or "[]")
    gh = tmp_path / "bin" / "gh"
    gh.parent.mkdir()
    gh.write_text(
        "#!/usr/bin/env bash\n"
        f'case " $* " in *" --paginate "*) cat {tmp_path}/comments; exit;; esac\n'
        f'echo "$*" >>{tmp_path}/asked; cat >{tmp_path}/body\n' + ("exit 1\n" if refuse else "")
    )
    gh.chmod(0o755)
    ran = subprocess.run(
        ["bash", str(TEMPLATES / "comment" / "comment.sh"), str(reports)],
        env={
            **os.environ,
            "PATH": f"{gh.parent}:{os.environ['PATH']}",
            "GITHUB_REPOSITORY": "o/r",
            "PULL_REQUEST": "12",
        },
        capture_output=True,
        text=True,
        check=True,
    )
    asked, body = tmp_path / "asked", tmp_path / "body"
    text = json.loads(body.read_text())["body"] if body.exists() else None
    return (asked.read_text().strip() if asked.exists() else ""), text, ran.stdout


def existing(number, kind="Bot", body=f"{MARKER}\nold"):
    return {"id": number, "user": {"type": kind}, "body": body}


needs_jq = pytest.mark.skipif(
    subprocess.run(["bash", "-c", "command -v jq"], capture_output=True, check=False).returncode != 0,
    reason="jq is not installed; GitHub's machines have it",
)


@needs_jq
def test_the_first_comment_is_posted(tmp_path):
    asked, body, _ = comment(tmp_path)
    assert "api --silent --method POST repos/o/r/issues/12/comments --input -" == asked
    assert render_gate_markdown(build_gate_view(gate_cases.regression())) == body


@needs_jq
def test_later_ones_replace_it_on_whatever_page_it_is(tmp_path):
    others = [existing(1, body="hello"), existing(2, kind="User"), existing(3)]
    asked, body, _ = comment(tmp_path, comments=others)
    assert "api --silent --method PATCH repos/o/r/issues/comments/3 --input -" == asked
    assert body.startswith(MARKER)


@needs_jq
def test_a_comment_that_is_out_of_date_says_so(tmp_path):
    _, body, _ = comment(tmp_path, comments=[existing(3)], markdown=False)
    assert f"{MARKER}\nNo change that is worth a comment any more." == body


@needs_jq
def test_without_a_report_and_a_comment_nothing_is_written(tmp_path):
    assert ("", None, "") == comment(tmp_path, markdown=False)


@needs_jq
def test_a_token_that_may_not_write_fails_nothing(tmp_path):
    _, _, said = comment(tmp_path, refuse=True)
    assert "no comment was written" in said


@needs_jq
@pytest.mark.parametrize("marker", ["<!-- other -->", "<!-- tuner-gate: a --><b> -->", "", None])
def test_what_is_no_report_is_not_posted(tmp_path, marker):
    asked, _, _ = comment(tmp_path, document={"comment_marker": marker})
    assert "" == asked
