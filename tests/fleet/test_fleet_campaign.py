"""Tuning many functions: within one budget, on any workers, and whatever ends it."""

import json
import os
import pickle
import signal
import threading
from concurrent.futures import Executor, Future, ThreadPoolExecutor
from pathlib import Path

import pytest
from aws_account import STEADY, as_it_was
from fake_lambda import FakeLambda

from tuner.errors import RunFileError, UsageError
from tuner.fleet.assignment import NoSignal, ThreadSignal
from tuner.fleet.campaign import Workers, tune_all
from tuner.fleet.ledger import STATE, Chosen, Ledger, load_ledger, new_ledger
from tuner.fleet.outlay import plan_outlay
from tuner.fleet.purse import Purse
from tuner.fleet.records import UNKNOWN, Attempt, Ending, FleetFunction, Observed
from tuner.platforms.aws import connection as connections

MODELS = {
    "a": "model:cpu-bound",
    "b": "model:io-bound",
    "c": "model:mixed",
    "broken": "model:nonesuch.toml",
}


QUICK = {"TUNER_MEMORY_SIZES": "256,512,1024", "TUNER_INVOCATIONS": "3"}
HURRIED = 1_000.0
"""A pace that nobody waits for."""


def functions_of(targets, **known):
    seen = (Observed(key=name, function=name, target=target, **known) for name, target in targets.items())
    return [FleetFunction(each, None, UNKNOWN, None, ("",), ()) for each in seen]


def planned(targets, options=None, parallel=2, **known):
    return plan_outlay(functions_of(targets, **known), options or {}, QUICK, Path.cwd(), parallel)


def ledger_for(assignments, folder):
    return new_ledger(folder, [Chosen(a.key, a.function, a.settings.target.spec) for a in assignments])


def tune_on_threads(
    assignments, folder, *, max_spend=1.0, parallel=2, observer=lambda _: None, executor=ThreadPoolExecutor
):
    ledger = ledger_for(assignments, folder)
    purse = Purse(max_spend)
    with executor(parallel) as pool:
        workers = Workers(pool, parallel, ThreadSignal(), HURRIED)
        interrupted = tune_all(assignments, workers, purse, ledger, observer=observer)
    return ledger, purse, interrupted


@pytest.fixture(scope="module")
def on_threads(tmp_path_factory):
    ledger, _, _ = tune_on_threads(planned(MODELS).assignments, tmp_path_factory.mktemp("threads"))
    return ledger


@pytest.fixture
def aws(monkeypatch, tmp_path):
    with FakeLambda(control_rate=None) as account:
        for name in ("one", "two", "three"):
            account.add_function(name, memory_mb=512, timeout_s=30, workload=STEADY)
        for name, value in account.environment.items():
            monkeypatch.setenv(name, value)
        monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
        monkeypatch.chdir(tmp_path)  # away from the tuner.toml of this repository
        connections._open_session.cache_clear()
        connections._place.cache_clear()
        yield account


def planned_on_aws(aws, **known):
    settings = {"memory_mb": 512, "timeout_s": 30, "region": aws.region, "architecture": "x86_64"}
    targets = {name: f"aws:{name}" for name in ("one", "two", "three")}
    return planned(targets, {"endpoint_url": aws.endpoint_url}, **{**settings, **known})


def test_a_function_that_fails_is_a_row_and_the_others_are_done(on_threads):
    endings = {key: attempt.ending for key, attempt in on_threads.attempts.items()}
    assert {key: Ending.FAILED if key == "broken" else Ending.DONE for key in MODELS} == endings
    assert "nonesuch" in on_threads.attempts["broken"].message
    assert 3 == len(list(on_threads.folder.glob("000*.json")))


def test_a_dask_cluster_of_which_a_worker_is_killed_gives_what_threads_give(on_threads, tmp_path):
    distributed = pytest.importorskip("distributed")
    from tuner.fleet.dask_cluster import dask_workers

    options = {"processes": True, "n_workers": 2, "threads_per_worker": 1, "dashboard_address": None}
    with distributed.LocalCluster(**options, silence_logs=50) as cluster:
        with distributed.Client(cluster) as client:
            victim, _ = client.run(os.getpid).values()
        killed = []

        def kill_one(attempt):
            if not killed:
                killed.append(victim)
                os.kill(victim, signal.SIGKILL)

        assignments = planned(MODELS).assignments
        ledger = ledger_for(assignments, tmp_path / "dask")
        with dask_workers(cluster.scheduler_address) as workers:
            assert (2, 0.5) == (workers.parallel, workers.pace)
            interrupted = tune_all(assignments, workers, Purse(1.0), ledger, observer=kill_one)
    assert ([victim], False) == (killed, interrupted)
    assert on_threads.attempts == ledger.attempts


class Posting(Executor):
    """Sends the work and its answer by post, as processes and machines do."""

    def submit(self, work, *arguments):
        sent_work, sent = pickle.loads(pickle.dumps((work, arguments)))
        future = Future()
        future.set_result(pickle.loads(pickle.dumps(sent_work(*sent))))
        return future


def test_any_executor_will_do_and_a_replay_costs_nothing(on_threads, tmp_path):
    (saved,) = on_threads.folder.glob("*-c.json")
    assignments = planned({"c": f"replay:{saved}"}, memory_mb=1024).assignments
    ledger = ledger_for(assignments, tmp_path)
    assert not tune_all(assignments, Workers(Posting(), 1, NoSignal()), Purse(1.0), ledger)
    replayed, measured = ledger.attempts["c"], on_threads.attempts["c"]
    assert (measured.memory_mb, measured.best) == (replayed.memory_mb, replayed.best)
    assert (0.0, 0) == (replayed.spent_usd, replayed.invocations)
    assert 1024 == replayed.current_memory_mb
    assert replayed.now.mean >= replayed.best.mean


def test_what_is_done_is_not_done_again(on_threads, tmp_path):
    folder = on_threads.folder
    resumed = load_ledger(folder)
    assert {"a", "b", "c"} == resumed.done
    assert on_threads.attempts == resumed.attempts
    assert on_threads.spent_usd == resumed.spent_usd
    with pytest.raises(UsageError, match="already"):
        new_ledger(folder, [])


def test_what_was_reserved_when_the_process_died_counts_as_spent(tmp_path):
    ledger = Ledger(tmp_path, [Chosen("a", "a", "model:mixed"), Chosen("b", "b", "model:mixed")])
    ledger.begin("a", 0.25)
    ledger.end(Attempt("a", Ending.DONE, 0.125), 0.125)
    ledger.begin("b", 0.5)
    resumed = load_ledger(tmp_path)
    assert (0.625, {"a"}) == (resumed.spent_usd, resumed.done)


@pytest.mark.parametrize(
    "change",
    [
        {"spent_usd": -1},
        {"spent_usd": "much"},
        {"chosen": [{"key": "a"}]},
        {"attempts": [{"key": "z"}]},
        {"attempts": None},
        {"schema_version": 2},
        {"reserved_usd": {"a": 1e999}},
    ],
)
def test_a_state_that_was_tampered_with_is_refused(tmp_path, change):
    Ledger(tmp_path, [Chosen("a", "a", "model:mixed")]).save()
    state = json.loads((tmp_path / STATE).read_text())
    (tmp_path / STATE).write_text(json.dumps(state | change))
    with pytest.raises(RunFileError):
        load_ledger(tmp_path)


def test_the_purse_never_gives_out_more_than_it_has():
    purse = Purse(1.0)
    shares = [purse.reserve(waiting, 0.0) for waiting in (4, 3, 2, 1)]
    assert [0.25] * 4 == pytest.approx(shares)
    assert purse.reserve(1, 0.0) is None
    assert 0.05 == purse.settle(0.25, 0.05)
    assert 0.25 == purse.settle(0.25, None)
    assert 0.2 == pytest.approx(purse.reserve(1, 0.1))
    assert purse.reserve(1, 0.1) is None


def test_functions_on_aws_are_tuned_within_the_bound_and_left_as_they_were(aws, tmp_path):
    before = [as_it_was(aws, name) for name in ("one", "two", "three")]
    outlay = planned_on_aws(aws)
    ledger, purse, _ = tune_on_threads(outlay.assignments, tmp_path / "run", max_spend=0.5)
    assert [None] * 3 == [attempt.message for attempt in ledger.attempts.values()]
    assert [Ending.DONE] * 3 == [attempt.ending for attempt in ledger.attempts.values()]
    assert {512} == {attempt.current_memory_mb for attempt in ledger.attempts.values()}
    assert 0 < purse.spent < 0.5
    own_quota = ("Invoke", "GetFunction", "GetMetricData", "GetCallerIdentity")
    made = [request for request in aws.requests if request.operation not in own_quota]
    assert 3 * 24 < len(made) <= outlay.control_calls
    assert 0.0 == pytest.approx(purse.reserved)
    assert before == [as_it_was(aws, name) for name in ("one", "two", "three")]


def test_what_the_first_calls_may_cost_has_to_be_there(aws, tmp_path):
    ledger, purse, _ = tune_on_threads(
        planned_on_aws(aws, timeout_s=900).assignments, tmp_path, max_spend=0.01
    )
    assert {Ending.NOT_STARTED} == {attempt.ending for attempt in ledger.attempts.values()}
    assert (0.0, []) == (purse.spent, aws.invocations)
    assert all("of the budget is left" in attempt.message for attempt in ledger.attempts.values())


class Remote(ThreadPoolExecutor):
    """Like a cluster's: the future here can be cancelled while the work goes on there."""

    def submit(self, work, *arguments):
        future = Future()
        super().submit(lambda: future.set_result(work(*arguments)))
        return future


@pytest.mark.parametrize("executor", [ThreadPoolExecutor, Remote])
def test_ctrl_c_restores_the_functions_at_work_and_keeps_what_was_done(aws, tmp_path, executor):
    before = [as_it_was(aws, name) for name in ("one", "two", "three")]
    assignments = planned_on_aws(aws).assignments

    def on_request(operation, moment):
        if operation == "PublishVersion" and moment == "after" and ended:
            aws.on_request = None
            signal.pthread_kill(threading.main_thread().ident, signal.SIGINT)

    ended = []
    aws.on_request = on_request
    ledger, _, interrupted = tune_on_threads(
        assignments, tmp_path, parallel=1, observer=ended.append, executor=executor
    )
    assert interrupted
    endings = [ledger.attempts[name].ending for name in ("one", "two", "three")]
    assert [Ending.DONE, Ending.INTERRUPTED, Ending.NOT_STARTED] == endings
    assert before == [as_it_was(aws, name) for name in ("one", "two", "three")]
    assert [] == aws.versions("two")
    assert {"one"} == load_ledger(tmp_path).done


def test_a_run_whose_worker_died_is_not_paid_for_twice(aws, tmp_path):
    class Begun(ThreadSignal):
        def begun_before(self, key):
            return True

    (assignment, *_) = planned_on_aws(aws).assignments
    ledger, purse = ledger_for([assignment], tmp_path), Purse(0.5)
    with ThreadPoolExecutor(1) as pool:
        tune_all([assignment], Workers(pool, 1, Begun()), purse, ledger)
    assert Ending.FAILED is ledger.attempts["one"].ending
    assert ([], 0.5) == (aws.invocations, pytest.approx(purse.spent))
