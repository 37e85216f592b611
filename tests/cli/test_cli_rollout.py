"""`tuner apply RUN --alias …` through the real command line, and `tuner restore` of what it did."""

import json
import os
import signal
import subprocess
from importlib.resources import files

import jsonschema
import pytest
from fake_lambda import Fault
from rollout_account import AFTER_MB, BEFORE_MB, NAME, Production

from tuner import tune
from tuner.cli import main
from tuner.runfile import save_run

SCHEMA = json.loads((files("tuner") / "schemas" / "rollout.schema.json").read_text())
QUICK = ("--canary", "50%", "--bake", "1s")


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    """A saved run that recommends 1,024 MB."""
    path = tmp_path_factory.mktemp("run") / "run.json"
    result = tune("model:cpu-bound", memory_sizes=[BEFORE_MB, AFTER_MB], invocations=5, strategy="speed")
    assert AFTER_MB == result.recommendation.candidate.memory_mb
    save_run(result, path)
    return path


@pytest.fixture
def live():
    """A factory of accounts whose callers call whenever the alias was moved."""
    opened = []

    def start(**options):
        production = Production(real_time=True, **options)
        opened.append(production)
        production.aws.__enter__()
        production.furnish()

        def on_request(operation, phase):
            if (operation, phase) == ("UpdateAlias", "after"):
                production.aws.call(f"{NAME}:live", times=production.calls)

        production.aws.on_request = on_request
        return production

    yield start
    for each in opened:
        each.aws.__exit__(None, None, None)


@pytest.fixture
def command(monkeypatch, capsys, tmp_path):
    """`tuner ARGUMENTS` for one account, in this process: most of a process of its own is its start."""

    def call(account, *arguments):
        environment = account.aws.environment if account else {}
        for name, value in (environment | {"XDG_STATE_HOME": str(tmp_path / "state")}).items():
            monkeypatch.setenv(name, value)
        monkeypatch.chdir(tmp_path)
        capsys.readouterr()
        try:
            code = main._run(list(map(str, arguments)))
        except SystemExit as end:
            code = end.code
        printed = capsys.readouterr()
        return subprocess.CompletedProcess(arguments, code, printed.out, printed.err)

    return call


@pytest.fixture
def apply(command, run):
    def call(account, *arguments):
        return command(account, "apply", run, "--function", NAME, *arguments)

    return call


def test_a_good_version_is_rolled_out_and_taken_back(live, apply, command):
    account = live()
    done = apply(account, "--alias", "live", *QUICK, "--yes", "--json")
    assert 0 == done.returncode, done.stderr
    document = json.loads(done.stdout)
    jsonschema.validate(document, SCHEMA)
    assert ("completed", "live", {"before": "1", "after": "2"}) == tuple(
        document[key] for key in ("status", "alias", "version")
    )
    assert ("2", {}) == account.alias()
    assert "version 1 with 512 MB and 30 s to a new version with 1,024 MB" in done.stderr
    assert "50 % of the calls for 1 s, then all" in done.stderr
    listed = command(account, "restore", "--list")
    assert f"{document['id']}" in listed.stdout
    assert "done  my-func:live: version 1: 512 MB, 30 s -> 1,024 MB" in listed.stdout
    back = command(account, "restore", document["id"], "--yes")
    assert 0 == back.returncode, back.stderr
    assert "my-func:live is as before (version 1: 512 MB, 30 s); deleted versions: 2" in back.stdout
    assert account.before == account.state()
    again = command(account, "restore", document["id"], "--yes")
    assert (2, True) == (again.returncode, "was taken back already" in again.stderr)


def test_a_worse_version_ends_with_1_and_says_why(live, apply):
    account = live(error_share=0.2)
    done = apply(account, "--alias", "live", *QUICK, "--yes", "--json")
    assert 1 == done.returncode, done.stderr
    document = json.loads(done.stdout)
    jsonschema.validate(document, SCHEMA)
    assert ("regression", True) == (document["status"], document["judgement"]["errors"]["worse"])
    assert "rolled back: the new version is worse. my-func:live goes to version 1 as before" in done.stderr
    assert "more errors: " in done.stderr
    assert account.before == account.state()


def test_too_little_traffic_ends_with_4_and_says_how_long_to_watch(live, apply):
    account = live(calls=40)
    done = apply(account, "--alias", "live", *QUICK, "--yes")
    assert 4 == done.returncode, done.stderr
    assert "rolled back: too little is known" in done.stdout
    assert "these rules take about 100 of each version: at this rate watch it for" in done.stdout
    assert account.before == account.state()


def test_sigterm_rolls_back_before_it_ends(live, tuner, run, tmp_path):
    account = live()
    environment = account.aws.environment | {"XDG_STATE_HOME": str(tmp_path / "state")}

    def stop(operation, phase):
        if (operation, phase) == ("UpdateAlias", "after"):
            account.aws.on_request = None
            (record,) = (tmp_path / "state" / "tuner" / "applied").glob("*.json")
            os.kill(json.loads(record.read_text())["process"], signal.SIGTERM)

    account.aws.on_request = stop
    arguments = ("apply", run, "--function", NAME, "--alias", "live", "--bake", "5m", "--yes", "--json")
    done = tuner(*arguments, **environment)
    assert 130 == done.returncode, done.stderr
    assert "interrupted; my-func is as it was before" in done.stderr
    assert account.before == account.state()


def test_without_consent_and_in_a_dry_run_nothing_is_changed(live, apply):
    account = live()
    refused = apply(account, "--alias", "live", *QUICK)
    assert (2, True) == (refused.returncode, "--yes" in refused.stderr)
    dry = apply(account, "--alias", "live", *QUICK, "--dry-run", "--json")
    assert 0 == dry.returncode, dry.stderr
    document = json.loads(dry.stdout)
    jsonschema.validate(document, SCHEMA)
    assert ("planned", [{"weight": 0.5, "seconds": 1.0}]) == (document["status"], document["shift"]["steps"])
    assert account.before == account.state()


def test_what_was_stopped_and_not_taken_back_is_resumed(live, apply, command):
    account = live()
    account.aws.faults.add(Fault.denied("GetMetricData", nth=2))
    account.aws.faults.add(Fault.denied("UpdateAlias", nth=2))
    arguments = ("--alias", "live", *QUICK, "--yes")
    assert 3 == apply(account, *arguments).returncode
    account.aws.faults.clear()
    (listed,) = json.loads(command(account, "restore", "--list", "--json").stdout)["applied"]
    ways = f"with --resume goes on with it, 'tuner restore {listed['id']}' takes it back"
    assert ways in command(account, "restore", "--list").stderr
    again = apply(account, *arguments)
    assert (3, True) == (again.returncode, ways in again.stderr)
    dry = apply(account, *arguments, "--resume", "--dry-run", "--json")
    document = json.loads(dry.stdout)
    jsonschema.validate(document, SCHEMA)
    assert ("planned", listed["id"]) == (document["status"], document["id"])
    assert "which was killed: 50 % of the calls go to the new version, 1 step left" in dry.stderr
    # A step further on: these callers call when the alias is moved.
    done = apply(account, *arguments, "--canary", "60%", "--resume", "--json")
    document = json.loads(done.stdout)
    jsonschema.validate(document, SCHEMA)
    assert (0, "completed", listed["id"]) == (done.returncode, document["status"], document["id"])
    assert (("2", {}), ["1", "2"]) == (account.alias(), list(account.versions()))


def test_latest_alone_is_changed_at_once_and_taken_back(live, apply, command):
    account = live()
    done = apply(account, "--latest", "--yes", "--json")
    assert 0 == done.returncode, done.stderr
    document = json.loads(done.stdout)
    jsonschema.validate(document, SCHEMA)
    assert (AFTER_MB, ("1", {})) == (account.aws.configuration(NAME)["MemorySize"], account.alias())
    assert 0 == command(account, "restore", document["id"], "--yes").returncode
    assert account.before == account.state()


def test_nothing_to_change_is_said(live, apply):
    account = live()
    done = apply(account, "--alias", "live", "--no-memory", "--no-timeout")
    assert 2 == done.returncode
    account.client.update_function_configuration(FunctionName=NAME, MemorySize=AFTER_MB)
    done = apply(account, "--latest", "--no-timeout", "--json")
    assert (0, "unchanged") == (done.returncode, json.loads(done.stdout)["status"])


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ([], "--to, --alias and --latest are missing"),
        (["--alias", "live", "--latest"], "--alias and --latest exclude each other"),
        (["--alias", "live", "--to", "a.yaml"], "--to and --alias exclude each other"),
        (["--to", "a.yaml", "--canary", "10%"], "--canary does not go with --to"),
        (["--latest", "--bake", "1m"], "--bake does not go with --latest"),
        (["--latest", "--resume"], "--resume does not go with --latest"),
        (["--alias", "live", "--resume", "--emit", "appspec"], "leave out --emit or --resume"),
        (["--alias", "live", "--architecture"], "another architecture needs other code"),
        (["--alias", "live", "--provisioned-concurrency", "5"], "what the alias has moves along"),
        (["--alias", "live", "--write"], "--yes agrees beforehand"),
        (["--alias", "live", "--canary", "10%", "--linear", "10%"], "exclude each other"),
        (["--alias", "live", "--canary", "10"], "write 10%"),
        (["--alias", "live", "--canary", "100%"], "write --all-at-once"),
        (["--alias", "live", "--bake", "5"], "write 800ms, 1.2s or 3m"),
        (["--alias", "live", "--linear", "1%", "--every", "2h"], "stay within 48 h"),
        (["--alias", "live", "--every", "1m"], "--every goes with --linear"),
        (["--alias", "live", "--emit", "appspec", "--json"], "leave out --json"),
        (
            ["--alias", "live", "--region", "eu-central-1", "--reserved-concurrency", "0"],
            "switches my-func off",
        ),
        (["--alias", "live", "--emit", "appsec"], "did you mean appspec"),
    ],
)
def test_what_does_not_go_together_is_refused(run, arguments, said):
    from click.testing import CliRunner

    from tuner.cli.main import cli
    from tuner.errors import UsageError

    ran = CliRunner().invoke(cli, ["apply", str(run), "--function", NAME, *arguments])
    assert isinstance(ran.exception, UsageError)
    assert said in f"{ran.exception.message} {ran.exception.hint}"


def test_a_file_that_was_written_is_put_back_unless_it_has_changed(command, tmp_path, run):
    template = tmp_path / "template.yaml"
    text = "Resources:\n  Fn:\n    Type: AWS::Serverless::Function\n    Properties:\n      MemorySize: 512\n"
    template.write_text(text)
    write = ("apply", run, "--to", template, "--function", "Fn", "--no-timeout", "--write", "--yes")
    assert 0 == command(None, *write).returncode
    assert "MemorySize: 1024" in template.read_text()
    listed = json.loads(command(None, "restore", "--list", "--json").stdout)["applied"]
    assert [("file", "done", "memory_mb 512", "memory_mb 1024")] == [
        tuple(each[key] for key in ("kind", "state", "before", "after")) for each in listed
    ]
    template.write_text(template.read_text() + "# more\n")
    refused = command(None, "restore", listed[0]["id"], "--yes")
    assert (2, True) == (refused.returncode, "has changed since it was written" in refused.stderr)
    template.write_text(text.replace("512", "1024"))
    assert 0 == command(None, "restore", listed[0]["id"], "--yes").returncode
    assert text == template.read_text()
