"""A run that is killed at any moment: `tuner restore` brings back the exact configuration."""

import contextlib
import json
import os
import random
import signal
import subprocess
import sys
import time
from itertools import count

import forked
import pytest
from aws_account import as_it_was
from click.testing import CliRunner
from fake_lambda import Fault

from tuner.cli.main import cli
from tuner.errors import MeasurementError, NotRestoredError, UsageError
from tuner.platforms.aws.journal import open_journals

SIZES = [128, 512, 1024]
REQUESTS_OF_A_RUN = 60
MOMENTS = [
    (random.Random(20).sample(range(1, REQUESTS_OF_A_RUN), 30)[n], ("before", "after")[n % 2])
    for n in range(30)
]


@pytest.fixture
def home(tmp_path):
    return {"XDG_STATE_HOME": str(tmp_path / "state")}


def start(aws, home, tmp_path, **options):
    return forked.start_tuning(
        "my-func",
        environment=aws.environment | home,
        folder=tmp_path,
        endpoint_url=aws.endpoint_url,
        **{"memory_sizes": SIZES, "invocations": 2} | options,
    )


def kill_at(aws, process, moment, phase, number=signal.SIGKILL):
    """Send a signal when the request of this number is about to be carried out, or just was."""
    numbers = {"before": count(1), "after": count(1)}

    def on_request(operation, now):
        if next(numbers[now]) == moment and now == phase:
            with contextlib.suppress(ProcessLookupError):
                os.kill(process[0].pid, number)
            time.sleep(0.02)  # the signal is delivered before the answer

    aws.on_request = on_request


def restore(*arguments, code=0):
    ran = CliRunner().invoke(cli, ["restore", *arguments], standalone_mode=False)
    if code == 0 and ran.exception:
        raise ran.exception
    return ran


@pytest.mark.parametrize(("moment", "phase"), MOMENTS)
def test_restore_brings_back_everything(aws, home, tmp_path, journal_folder, moment, phase):
    before = as_it_was(aws)
    process = []
    kill_at(aws, process, moment, phase)
    process.append(start(aws, home, tmp_path))
    process[0].join(30)
    aws.on_request = None
    assert process[0].exitcode in (0, -signal.SIGKILL)
    restore("my-func", "--endpoint-url", aws.endpoint_url)
    assert before == as_it_was(aws)
    assert [] == aws.versions("my-func")
    assert [] == list(journal_folder.glob("*"))


def test_most_of_these_moments_fall_into_a_run(aws, home, tmp_path):
    process = start(aws, home, tmp_path)
    process.join(30)
    assert 0 == process.exitcode
    assert REQUESTS_OF_A_RUN * 0.8 <= len(aws.requests)


def killed_while_changed(aws, home, tmp_path, **options):
    """A run that was killed right after `$LATEST` was changed for the second time."""
    process, changes = [], count(1)

    def on_request(operation, phase):
        if operation == "UpdateFunctionConfiguration" and phase == "after" and next(changes) == 2:
            os.kill(process[0].pid, signal.SIGKILL)

    aws.on_request = on_request
    process.append(start(aws, home, tmp_path, **options))
    process[0].join(30)
    aws.on_request = None
    assert -signal.SIGKILL == process[0].exitcode
    assert 512 != aws.configuration("my-func")["MemorySize"] or aws.versions("my-func")


@pytest.mark.parametrize("description", ["thumbnails", "", "d" * 150])
def test_a_lost_machine_is_made_good_from_another(account, home, tmp_path, journal_folder, description):
    aws = account()
    aws.add_function("my-func", memory_mb=640, timeout_s=30, workload="cpu-bound", description=description)
    before = as_it_was(aws)
    killed_while_changed(aws, home, tmp_path, timeout=60)
    for journal in journal_folder.glob("*"):
        journal.unlink()
    with pytest.raises(UsageError, match="consent"):
        restore("my-func", "--endpoint-url", aws.endpoint_url)
    restore("my-func", "--endpoint-url", aws.endpoint_url, "--yes")
    assert before == as_it_was(aws)
    assert [] == aws.versions("my-func")


def test_a_description_too_long_for_a_mark_stays_and_the_size_is_restored(
    account, home, tmp_path, journal_folder
):
    aws = account()
    aws.add_function("my-func", memory_mb=640, timeout_s=30, workload="cpu-bound", description="d" * 256)
    before = as_it_was(aws)
    killed_while_changed(aws, home, tmp_path)
    assert "d" * 256 == aws.configuration("my-func")["Description"]
    for journal in journal_folder.glob("*"):
        journal.unlink()
    restore("my-func", "--endpoint-url", aws.endpoint_url, "--yes")
    assert before == as_it_was(aws)


def test_the_next_run_refuses_and_names_the_command(aws, home, tmp_path, tune):
    killed_while_changed(aws, home, tmp_path)
    with pytest.raises(MeasurementError) as told:
        tune(aws, "my-func", memory_sizes=SIZES)
    assert "tuner restore my-func" in told.value.hint


def test_what_somebody_else_set_after_the_kill_is_left_and_told(aws, home, tmp_path):
    killed_while_changed(aws, home, tmp_path)
    aws.client("lambda").update_function_configuration(FunctionName="my-func", MemorySize=2048)
    with pytest.raises(NotRestoredError, match="MemorySize"):
        restore("my-func")
    assert 2048 == aws.configuration("my-func")["MemorySize"]
    assert "thumbnails" == aws.configuration("my-func")["Description"]


def test_restore_without_a_name_undoes_every_run_and_a_dry_run_none(aws, home, tmp_path, journal_folder):
    before = as_it_was(aws)
    killed_while_changed(aws, home, tmp_path)
    changed = as_it_was(aws)
    assert "has not finished" in restore("--dry-run").stderr
    assert changed == as_it_was(aws)
    done = json.loads(restore("--json").stdout.split("\n", 1)[1])
    assert ["my-func"] == [entry["function"].rpartition(":")[2] for entry in done["restored"]]
    assert before == as_it_was(aws)


def test_restore_has_nothing_to_do_where_nothing_is_left(aws):
    assert "nothing is left" in restore("my-func", "--endpoint-url", aws.endpoint_url).stderr


def test_a_journal_that_is_none_is_named(aws, journal_folder):
    journal_folder.mkdir(parents=True)
    (journal_folder / "abc.json").write_text('{"run_id": "../../etc"}')
    with pytest.raises(UsageError, match=r"abc\.json"):
        restore()


def test_an_alias_of_ours_is_no_reason_to_lose_the_journal(aws, home, tmp_path, journal_folder):
    killed_while_changed(aws, home, tmp_path)
    version = aws.versions("my-func")[0][0]
    aws.client("lambda").create_alias(FunctionName="my-func", Name="theirs", FunctionVersion=version)
    with pytest.raises(NotRestoredError, match=f"versions are left: version {version}"):
        restore("my-func")
    assert 512 == aws.configuration("my-func")["MemorySize"]
    assert 1 == len(list(open_journals(journal_folder)))


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
@pytest.mark.parametrize(
    "when", ["UpdateFunctionConfiguration", "PublishVersion", "Invoke", "DeleteFunction"]
)
def test_a_signal_ends_the_run_and_sets_the_function_back(aws, home, tmp_path, journal_folder, number, when):
    before = as_it_was(aws)
    aws.faults.add(Fault(when, "slow", nth=2, seconds=0.3, times=None))
    command = [sys.executable, "-m", "tuner", "run", "my-func", "--endpoint-url", aws.endpoint_url, "--yes"]
    process = subprocess.Popen(
        [*command, "--memory-sizes", "128,512,1024", "--no-report"],
        cwd=tmp_path,
        env=os.environ | aws.environment | home,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    sent = count(1)

    def on_request(operation, phase):
        # Ours asks whether it may delete before it changes anything, so the second deletion is the first.
        if operation == when and phase == "before" and next(sent) in (2, 3):
            os.kill(process.pid, number)

    aws.on_request = on_request
    _, said = process.communicate(timeout=60)
    assert 130 == process.returncode, said
    assert "interrupted" in said
    assert before == as_it_was(aws)
    assert [] == aws.versions("my-func")
    assert [] == list(journal_folder.glob("*"))


def test_two_runs_from_two_machines_leave_each_other_and_the_function_alone(aws, tmp_path):
    before = as_it_was(aws)
    runs = [start(aws, {"XDG_STATE_HOME": str(tmp_path / f"state{n}")}, tmp_path) for n in range(2)]
    for run in runs:
        run.join(30)
    # Whoever meets the other's change stops; nobody undoes what is not theirs.
    assert all(run.exitcode in (0, 1) for run in runs)
    assert before == as_it_was(aws)
    assert [] == aws.versions("my-func")


def test_a_second_run_on_this_machine_waits_for_nobody_and_says_who_is_at_work(aws, home, tmp_path, tune):
    invoked = []

    def on_request(operation, phase):
        if operation == "Invoke" and phase == "before" and not invoked:
            invoked.append(operation)
            with pytest.raises(MeasurementError, match="is being measured by run"):
                tune(aws, "my-func", memory_sizes=SIZES)
            invoked.append("refused")

    aws.on_request = on_request
    process = start(aws, home, tmp_path)
    process.join(30)
    assert ["Invoke", "refused"] == invoked
    assert 0 == process.exitcode
