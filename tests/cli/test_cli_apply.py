"""`tuner apply`: the difference on stdout, everything else on stderr, and no change without --write."""

import json
import os
import stat
import subprocess
from importlib.resources import files

import jsonschema
import pytest

from tuner import tune
from tuner.runfile import save_run

SCHEMA = json.loads((files("tuner") / "schemas" / "apply.schema.json").read_text())
TEMPLATE = """\
Transform: AWS::Serverless-2016-10-31
Resources:
  Thumbnail:
    Type: AWS::Serverless::Function
    Properties:
      Handler: app.handler
      MemorySize: 512  # half a gigabyte
      Timeout: 3
"""


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    """A saved run of a cost model."""
    path = tmp_path_factory.mktemp("run") / "run.json"
    save_run(tune("model:mixed", memory_sizes=[256, 1024], invocations=5, strategy="speed"), path)
    return path


@pytest.fixture(scope="module")
def advised(run):
    """The setting that the run recommends: MB and seconds."""
    found = json.loads(run.read_text())["recommendation"]
    return found["memory_mb"], found["timeout_s"]


@pytest.fixture
def template(tmp_path):
    path = tmp_path / "template.yaml"
    path.write_text(TEMPLATE)
    return path


@pytest.fixture
def apply(tuner, run, template):
    def call(*arguments, to="template.yaml", **options):
        return tuner("apply", run, "--to", to, "--function", "Thumbnail", *arguments, **options)

    return call


def changed(advised, text=TEMPLATE):
    memory_mb, timeout_s = advised
    return text.replace("512", str(memory_mb)).replace("Timeout: 3", f"Timeout: {timeout_s}")


def test_the_difference_is_shown_and_nothing_is_written(apply, template, tmp_path, advised):
    shown = apply()
    assert 0 == shown.returncode, shown.stderr
    assert "nothing was written" in shown.stderr
    assert "template.yaml:7: memory 512 MB \u2192 1,024 MB" in shown.stderr
    assert TEMPLATE == template.read_text()
    subprocess.run(["git", "apply", "-"], input=shown.stdout, text=True, cwd=tmp_path, check=True)
    assert changed(advised) == template.read_text()


def test_write_asks_first_and_yes_agrees(apply, template, advised):
    template.chmod(0o600)
    asked = apply("--write")
    assert 2 == asked.returncode
    assert "--yes" in asked.stderr
    assert TEMPLATE == template.read_text()
    assert 0 == apply("--write", "--yes", "--dry-run").returncode
    assert TEMPLATE == template.read_text()
    assert 0 == apply("--write", "--yes").returncode
    assert changed(advised) == template.read_text()
    assert 0o600 == stat.S_IMODE(template.stat().st_mode)
    again = apply("--write", "--yes")
    assert (0, True) == (
        again.returncode,
        again.stdout.startswith("nothing to change: Thumbnail in template.yaml"),
    )


def test_json_is_one_document(apply, template, advised):
    planned = json.loads(apply("--json").stdout)
    assert (1, "planned", "Thumbnail") == tuple(planned[k] for k in ("schema_version", "status", "function"))
    assert {
        "setting": "memory_mb",
        "path": ["Resources", "Thumbnail", "Properties", "MemorySize"],
        "line": 7,
        "before": 512,
        "after": advised[0],
    } == planned["changes"][0]
    assert planned["diff"].startswith("--- a/template.yaml\n")
    written = json.loads(apply("--json", "--write", "--yes").stdout)
    assert planned | {"status": "written"} == written
    jsonschema.validate(written, SCHEMA)
    assert "unchanged" == json.loads(apply("--json").stdout)["status"]


def test_a_refusal_is_a_document_too(apply, template):
    template.write_text(TEMPLATE.replace("512 ", "!Ref Memory "))
    refused = apply("--json")
    assert 2 == refused.returncode
    assert "template.yaml:7" in json.loads(refused.stdout)["error"]["message"]


def test_a_name_in_the_file_does_not_steer_the_terminal(apply, template):
    template.write_text(TEMPLATE.replace("  Thumbnail:", '  "Evil\\e[31m\\u202e":'))
    refused = apply()
    assert 2 == refused.returncode
    assert "known: Evil" in refused.stderr
    assert not {"\x1b", "\u202e"} & {*refused.stderr}


def test_without_its_name_the_functions_are_listed(tuner, run, template):
    refused = tuner("apply", run, "--to", "template.yaml")
    assert 2 == refused.returncode
    assert "has no function 'mixed'" in refused.stderr
    assert "known: Thumbnail" in refused.stderr


def test_flags_choose_the_settings(apply, template):
    template.write_text(TEMPLATE + "      Runtime: python3.12\n")
    assert "-      Timeout" not in apply("--no-timeout").stdout
    more = apply("--no-memory", "--no-timeout", "--architecture", "--reserved-concurrency", "5").stdout
    added = {line for line in more.splitlines() if line.startswith("+ ")}
    assert {"+      Architectures: [x86_64]", "+      ReservedConcurrentExecutions: 5"} == added
    assert 2 == apply("--no-memory", "--no-timeout").returncode
    assert "no AutoPublishAlias" in apply("--provisioned-concurrency", "2").stderr
    template.write_text(TEMPLATE + "      AutoPublishAlias: live\n")
    document = json.loads(
        apply("--no-memory", "--no-timeout", "--provisioned-concurrency", "2", "--json").stdout
    )
    jsonschema.validate(document, SCHEMA)
    assert [("provisioned_concurrency", None, 2)] == [
        (change["setting"], change["before"], change["after"]) for change in document["changes"]
    ]
    assert 2 == apply("--provisioned-concurrency", "0").returncode


def test_a_pull_request_carries_the_evidence(apply, template, tmp_path, advised):
    (tmp_path / "reports").mkdir()
    (tmp_path / "reports" / "mixed.light.svg").write_text("<svg/>")
    printed = apply("--pr").stdout
    assert f"branch: tuner/Thumbnail-{advised[0]}-{advised[1]}\n" in printed
    for evidence in ("`template.yaml:7`", "**mixed** should run at", "Memory sizes", "price date"):
        assert evidence in printed
    assert "`reports/mixed.light.svg`" in printed
    document = json.loads(apply("--pr", "--json").stdout)
    jsonschema.validate(document, SCHEMA)
    asked = document["pull_request"]
    assert {"branch", "title", "commit_message", "body"} == set(asked)
    assert asked["title"] in asked["commit_message"]


def test_the_timeout_of_a_sandbox_is_left_out_unless_asked(tuner, run, template, tmp_path):
    document = json.loads(run.read_text())
    document |= {
        "relative": True,
        "platform": "local",
        "target": "local:template.yaml:Thumbnail",
        "function": "x",
    }
    (tmp_path / "local.json").write_text(json.dumps(document))
    left = tuner("apply", "local.json", "--to", "template.yaml")
    assert 0 == left.returncode, left.stderr
    assert "true in proportion only; --timeout writes it all the same" in left.stderr
    assert "-      Timeout" not in left.stdout
    assert "-      MemorySize" in left.stdout
    assert "-      Timeout" in tuner("apply", "local.json", "--to", "template.yaml", "--timeout").stdout


def test_cdk_is_advised_and_never_written(apply, tmp_path):
    source = tmp_path / "stack.ts"
    source.write_text("new lambda.Function(this, 'Thumbnail', {});\n")
    advised = apply(to="stack.ts")
    assert (0, True) == (advised.returncode, "memorySize: 1024," in advised.stdout)
    assert "advice" == json.loads(apply("--json", to="stack.ts").stdout)["status"]
    refused = apply("--write", "--yes", to="stack.ts")
    assert (2, "") == (refused.returncode, refused.stdout)


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_a_folder_that_cannot_be_written_to_is_said(apply, template, tmp_path):
    tmp_path.chmod(0o500)
    refused = apply("--write", "--yes")
    tmp_path.chmod(0o700)
    assert (2, TEMPLATE) == (refused.returncode, template.read_text())
    assert "cannot write 'template.yaml'" in refused.stderr
