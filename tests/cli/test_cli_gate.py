"""`tuner gate`: every outcome through the real command line, with its exit code and what it writes."""

import json
import subprocess
import xml.etree.ElementTree as ET

import pytest
from fake_lambda import FakeLambda

from cost_models.workload import Noise, PhysicalDuration, Workload

MODEL = """
name = "m"
architecture = "x86_64"
[duration]
io_ms = 40.0
cpu_ms = {cpu}
[noise]
cv = {cv}
[init]
duration_ms = 350.0
[memory]
used_mb = 90
"""


@pytest.fixture
def repository(tmp_path):
    def git(*arguments):
        identity = ["-c", "user.name=t", "-c", "user.email=t@example.org"]
        subprocess.run(["git", *identity, *arguments], cwd=tmp_path, check=True, capture_output=True)

    def commit(**files):
        for name, text in files.items():
            path = tmp_path / name.replace("__", "/").replace("_toml", ".toml").replace("_py", ".py")
            path.parent.mkdir(exist_ok=True)
            path.write_text(text)
        git("add", ".")
        git("commit", "--quiet", "-m", "one")

    git("init", "--quiet", "--initial-branch", "main")
    commit(
        tuner_toml='[functions.m]\ntarget = "model:m.toml"\nmemory = 512\n',
        m_toml=MODEL.format(cpu=300.0, cv=0.05),
    )
    return commit


@pytest.fixture
def change(tmp_path):
    def write(cpu, cv=0.05):
        (tmp_path / "m.toml").write_text(MODEL.format(cpu=cpu, cv=cv))

    return write


def test_a_regression_fails_the_build_after_everything_is_written(tuner, repository, change, tmp_path):
    change(390.0)
    summary = tmp_path / "summary.md"
    finished = tuner(
        "gate",
        "m",
        "--markdown",
        "pr.md",
        "--junit",
        "gate.xml",
        "--code-quality",
        "quality.json",
        GITHUB_STEP_SUMMARY=str(summary),
        GITHUB_ACTIONS="true",
    )
    assert 1 == finished.returncode, finished.stderr
    assert "dearer" in finished.stdout or "regression" in finished.stdout.lower()
    assert "::error" in finished.stdout
    markdown = (tmp_path / "pr.md").read_text()
    assert markdown.startswith("<!-- tuner-gate")
    assert markdown.strip() == summary.read_text().strip()
    assert list(ET.parse(tmp_path / "gate.xml").getroot().iter("failure"))
    assert json.loads((tmp_path / "quality.json").read_text())


@pytest.mark.parametrize(
    ("cpu", "answer", "code"), [(300.5, "pass", 0), (200.0, "improvement", 0), (390.0, "regression", 1)]
)
def test_json_is_one_document_with_the_verdict(tuner, repository, change, cpu, answer, code):
    change(cpu)
    finished = tuner("gate", "m", "--json")
    assert code == finished.returncode, finished.stderr
    document = json.loads(finished.stdout)
    assert (1, answer) == (document["schema_version"], document["verdict"])


def test_what_so_few_calls_cannot_tell_is_inconclusive_and_no_pass(tuner, repository, change):
    repository(m_toml=MODEL.format(cpu=300.0, cv=0.3))
    change(318.0, cv=0.3)  # about what is allowed
    finished = tuner("gate", "m", "--max-pairs", "40", "--fail", "cost=5%", "--seed", "2", "--json")
    assert 4 == finished.returncode
    assert "inconclusive" == json.loads(finished.stdout)["verdict"]


def test_a_baseline_is_written_and_compared_with(tuner, repository, change, tmp_path):
    written = tuner("gate", "m", "--update-baseline")
    assert 0 == written.returncode, written.stderr
    assert "baseline of m" in written.stdout
    assert 0 == tuner("gate", "m", "--against", "tuner.baseline.json").returncode
    change(400.0)
    assert 1 == tuner("gate", "m", "--against", "tuner.baseline.json").returncode


def test_a_regression_is_accepted_with_a_reason_that_is_kept(tuner, repository, change, tmp_path):
    tuner("gate", "m", "--update-baseline")
    change(400.0)
    accepted = tuner(
        "gate", "m", "--against", "tuner.baseline.json", "--acknowledge", "does twice as much now"
    )
    assert 0 == accepted.returncode, accepted.stderr
    assert "does twice as much now" in accepted.stdout
    assert "does twice as much now" in (tmp_path / "tuner.baseline.json").read_text()
    assert 0 == tuner("gate", "m", "--against", "tuner.baseline.json").returncode


def test_another_architecture_is_not_comparable(tuner, repository, change, tmp_path):
    tuner("gate", "m", "--update-baseline")
    (tmp_path / "m.toml").write_text(MODEL.format(cpu=300.0, cv=0.05).replace("x86_64", "arm64"))
    finished = tuner("gate", "m", "--against", "tuner.baseline.json", "--markdown", "pr.md")
    assert 4 == finished.returncode
    assert "architecture was x86_64 and is arm64" in finished.stdout
    assert "arm64" in (tmp_path / "pr.md").read_text()


def test_a_function_that_is_new_has_nothing_to_compare_with(tuner, repository, tmp_path):
    (tmp_path / "new.toml").write_text(MODEL.format(cpu=300.0, cv=0.05))
    (tmp_path / "tuner.toml").write_text('[functions.m]\ntarget = "model:new.toml"\nmemory = 512\n')
    finished = tuner("gate", "m")
    assert 4 == finished.returncode
    assert "nothing to compare with" in finished.stdout


def test_a_comment_is_written_only_for_a_change_where_that_is_asked_for(tuner, repository, change, tmp_path):
    change(300.1)
    assert 0 == tuner("gate", "m", "--comment", "on-change", "--markdown", "pr.md").returncode
    assert not (tmp_path / "pr.md").exists()
    change(390.0)
    assert 1 == tuner("gate", "m", "--comment", "on-change", "--markdown", "pr.md").returncode
    assert (tmp_path / "pr.md").exists()


HANDLER = "import time\n\ndef handler(event, context):\n    time.sleep(0.02)\n"


@pytest.mark.sandbox
@pytest.mark.parametrize(
    ("before", "now", "says"),
    [
        (HANDLER, "import nothing_like_it\n" + HANDLER, "nothing_like_it"),
        ("import nothing_like_it\n" + HANDLER, HANDLER, "nothing_like_it"),
        (HANDLER, "def handler(event, context):\n    raise KeyError('bucket')\n", "KeyError"),
        (*["def handler(event, context):\n    raise KeyError('bucket')\n"] * 2, "KeyError"),
    ],
    ids=["broken contender", "broken base", "failing contender", "nothing measured"],
)
def test_what_cannot_be_measured_is_no_pass_and_no_regression(tuner, repository, tmp_path, before, now, says):
    repository(
        tuner_toml='[functions.f]\ntarget = "local:src:app.handler"\nmemory = 512\ntimeout = 5\n',
        src__app_py=before,
    )
    (tmp_path / "src" / "app.py").write_text(now)
    finished = tuner("gate", "f", "--against", "HEAD", "--markdown", "pr.md")
    assert 3 == finished.returncode, finished.stdout + finished.stderr
    assert says in (tmp_path / "pr.md").read_text()


def test_two_versions_on_aws_are_compared_as_they_are(tuner, tmp_path):
    def steady(cpu_ms):
        return Workload(
            "f", PhysicalDuration(5, cpu_ms), noise=Noise(0.03), init_duration_ms=100, used_memory_mb=50
        )

    with FakeLambda(control_rate=None) as aws:
        aws.add_function("my-func", memory_mb=512, timeout_s=30, workload=steady(100))
        client = aws.client("lambda")
        first = client.publish_version(FunctionName="my-func")["Version"]
        client.update_function_configuration(FunctionName="my-func", MemorySize=256)
        second = client.publish_version(FunctionName="my-func")["Version"]
        environment = aws.environment | {"XDG_STATE_HOME": str(tmp_path / "state")}
        asked = tuner("gate", f"aws:my-func:{second}", "--against", first, **environment)
        assert 2 == asked.returncode
        assert 0 == len(aws.invocations)
        finished = tuner(
            "gate",
            f"aws:my-func:{second}",
            "--against",
            first,
            "--yes",
            "--json",
            "--max-pairs",
            "60",
            **environment,
        )
        published = [r for r in aws.requests if r.operation == "PublishVersion"]
        assert {first, second} == {r.qualifier for r in aws.requests if r.operation == "Invoke"}
    # Half the memory is half the CPU: twice as slow at the same cost.
    document = json.loads(finished.stdout)
    assert 1 == finished.returncode, finished.stderr
    assert "regression" == document["verdict"]
    assert 2 == len(published)  # by this test


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["m", "--against", "nowhere"], "no revision 'nowhere'"),
        (["m", "--fail", "cots=10%"], "did you mean cost"),
        (["m", "--fail", "cost"], "write cost=10%"),
        (["m", "--fail", "cost=0%"], "above zero"),
        (["m", "--baseline", "a.json"], "need each other"),
        (["m", "--baseline", "a.json", "--contender", "b.json"], "a.json"),
        (["m", "--max-pairs", "3"], "3"),
        (["m", "--memory", "64"], "--memory"),
        (["m", "--comment", "never"], "always"),
        (["n"], "no function of tuner.toml"),
        (["replay:x.json"], "without an invocation"),
    ],
)
def test_a_mistake_is_told_and_exits_with_2(tuner, repository, arguments, says):
    finished = tuner("gate", *arguments)
    assert 2 == finished.returncode, finished.stdout + finished.stderr
    assert says in finished.stderr
