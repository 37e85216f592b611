"""Rounds, failures, bounds: the session drives real platforms (cost models) and scripted ones."""

import itertools
import threading
import time
from collections import Counter
from dataclasses import replace

import pytest

from cost_models.workload import Noise, PhysicalDuration, Workload
from cost_models.workload_file import load_workload
from tuner.measure.session import Session
from tuner.plans import Budget, Plan, SearchMethod, StopReason
from tuner.platforms.base import TargetDescription
from tuner.platforms.model import ModelPlatform
from tuner.records import Excluded, Invocation, Outcome

PLAN = Plan(
    method=SearchMethod.GRID,
    range_mb=(128, 1769),
    memory_sizes_mb=(128, 512, 1769),
    samples=10,
    warm_ups=0,
    timeout_s=30,
    seed=0,
    budget=Budget(500),
)
QUICK = Workload("quick", PhysicalDuration(5, 50), noise=Noise(0.1), init_duration_ms=100)


class Scripted:
    """A platform whose calls end as a function of (memory size, number of the call at it) says."""

    def __init__(self, script, warm_ups=0, parallel=1):
        self.script = script
        self.calls = {}
        self.warm_ups = warm_ups
        self.parallel = parallel
        self.prepared = []

    def describe(self):
        return TargetDescription(
            "scripted", "scripted", "x86_64", (128, 10_240), warm_ups=self.warm_ups, parallel=self.parallel
        )

    def prepare(self, memory_sizes_mb, *, timeout_s, cold_calls=0):
        self.prepared.append((tuple(memory_sizes_mb), cold_calls))

    def invoke(self, request):
        number = self.calls.get(request.memory_mb, 0)
        self.calls[request.memory_mb] = number + 1
        return self.script(request.memory_mb, number)


def ok(memory_mb, number, **changes):
    init = 100.0 if number == 0 else None
    return Invocation(memory_mb, Outcome.OK, 10.0, 10, init, environment="e", **changes)


def measured(platform, plan=PLAN, **options):
    session = Session(platform, plan, **options)
    session.measure(plan.memory_sizes_mb, plan.samples)
    return session, session.finished()


def test_every_size_gets_its_samples_and_one_cold_call():
    _, found = measured(ModelPlatform(QUICK, seed=1))
    for size in PLAN.memory_sizes_mb:
        assert 10 == len(found.warm(size))
        assert 1 == sum(i.cold for i in found.at(size))


def test_sizes_are_interleaved_in_shuffled_rounds():
    _, found = measured(ModelPlatform(QUICK, seed=1))
    visits = [i.memory_mb for i in found.invocations]
    switches = sum(a != b for a, b in itertools.pairwise(visits))
    assert switches >= 2 * len(PLAN.memory_sizes_mb)
    rounds = [tuple(dict.fromkeys(visits[n : n + 6])) for n in range(3, len(visits) - 6, 6)]
    assert len(set(rounds)) > 1


def test_the_same_seed_makes_the_same_run():
    first = measured(ModelPlatform(QUICK, seed=1))[1]
    second = measured(ModelPlatform(QUICK, seed=1))[1]
    assert first.invocations == second.invocations


def test_a_size_that_runs_out_of_memory_is_left_at_once_and_the_others_go_on():
    _, found = measured(ModelPlatform(load_workload("memory-hungry"), seed=1))
    assert {Outcome.OUT_OF_MEMORY: 1} == found.outcomes(128)
    assert 10 == len(found.warm(1769))


def test_sizes_below_one_that_ran_out_of_memory_are_not_tried():
    platform = Scripted(
        lambda mb, n: replace(ok(mb, n), outcome=Outcome.OUT_OF_MEMORY) if mb <= 512 else ok(mb, n)
    )
    _, found = measured(platform, replace(PLAN, memory_sizes_mb=(128, 256, 384, 512, 1769)))
    assert len(found.invocations) <= 11 + 4
    assert 1 == len(found.at(512))
    session = Session(platform, PLAN)
    session.measure([512], 5)
    session.measure([128], 5)
    assert () == session.finished().at(128)


def test_a_flaky_size_is_replaced_within_a_bound():
    platform = Scripted(
        lambda mb, n: replace(ok(mb, n), outcome=Outcome.FUNCTION_ERROR) if n % 3 else ok(mb, n)
    )
    _, found = measured(platform, replace(PLAN, memory_sizes_mb=(512,)))
    assert len(found.invocations) <= 2 * 10 + 8


def test_warm_ups_are_kept_apart_in_every_new_environment():
    plan = replace(PLAN, warm_ups=2, memory_sizes_mb=(512,))
    _, found = measured(Scripted(ok, warm_ups=2), plan)
    assert 2 == sum(i.excluded is Excluded.WARM_UP for i in found.invocations)
    assert 10 == len(found.warm(512))
    assert 1 + 2 + 10 == len(found.invocations)


def test_samples_are_spread_over_environments():
    plan = replace(PLAN, environments=2, memory_sizes_mb=(512, 1769))
    _, found = measured(ModelPlatform(QUICK, seed=1), plan)
    assert plan.invocations == len(found.invocations)
    for size in plan.memory_sizes_mb:
        assert 2 == sum(i.cold for i in found.at(size))
        assert 2 == len({i.environment for i in found.warm(size)})


def test_a_disturbed_sample_is_measured_again():
    def script(mb, n):
        return ok(mb, n, excluded=Excluded.DISTURBED if n in (3, 4) else None)

    _, found = measured(Scripted(script), replace(PLAN, memory_sizes_mb=(512,)))
    assert 10 == len(found.warm(512))
    assert 2 == sum(i.excluded is Excluded.DISTURBED for i in found.invocations)
    assert () == found.warnings


def test_when_every_sample_is_disturbed_they_are_kept_and_named():
    platform = Scripted(lambda mb, n: ok(mb, n, excluded=Excluded.DISTURBED))
    _, found = measured(platform, replace(PLAN, memory_sizes_mb=(512, 1769)))
    assert len(found.warm(512)) >= 10
    assert ["W-DISTURBED"] == [w.code for w in found.warnings]


@pytest.mark.parametrize("bound", [1, 7, 20])
def test_the_bound_on_invocations_holds(bound):
    plan = replace(PLAN, budget=Budget(max_invocations=bound))
    session, found = measured(ModelPlatform(QUICK, seed=1), plan)
    assert bound == len(found.invocations)
    assert StopReason.MAX_INVOCATIONS is session.stopped_by
    assert 0 == session.invocations_left


def test_the_bound_on_spending_holds():
    plan = replace(PLAN, budget=Budget(500, max_spend_usd=10.0))
    session, found = measured(ModelPlatform(QUICK, seed=1), plan, price=lambda _: 1.0)
    assert 10 == len(found.invocations)
    assert StopReason.MAX_SPEND is session.stopped_by


def test_the_bound_on_time_holds():
    ticks = iter(range(10_000))
    plan = replace(PLAN, budget=Budget(500, max_seconds=30))
    session, found = measured(ModelPlatform(QUICK, seed=1), plan, clock=lambda: next(ticks))
    assert len(found.invocations) <= 30
    assert StopReason.MAX_SECONDS is session.stopped_by


def test_an_observer_sees_every_invocation_and_ends_at_the_plan():
    seen = []
    _, found = measured(ModelPlatform(QUICK, seed=1), observer=seen.append)
    assert list(found.invocations) == [p.invocation for p in seen]
    assert seen[-1].done == seen[-1].planned


def test_a_size_that_only_errs_is_left_after_two_calls():
    platform = Scripted(
        lambda mb, n: replace(ok(mb, n), outcome=Outcome.FUNCTION_ERROR) if mb == 128 else ok(mb, n)
    )
    assert {Outcome.FUNCTION_ERROR: 2} == measured(platform)[1].outcomes(128)


def test_more_samples_of_a_known_size_start_no_environment():
    session = Session(ModelPlatform(QUICK, seed=1), PLAN)
    assert 3 == session.calls_for(512, 2)
    session.measure([512], 2)
    assert 2 == session.calls_for(512, 2)
    session.measure([512], 2)
    found = session.finished()
    assert 5 == len(found.invocations)
    assert 4 == len(found.warm(512))


def test_sizes_below_one_that_timed_out_are_not_tried():
    platform = Scripted(lambda mb, n: replace(ok(mb, n), outcome=Outcome.TIMEOUT) if mb <= 512 else ok(mb, n))
    session = Session(platform, PLAN)
    session.measure([512], 5)
    session.measure([128], 5)
    assert {512: 2} == dict(Counter(i.memory_mb for i in session.finished().invocations))


def test_sizes_overlap_where_the_platform_allows_it_and_calls_of_a_size_do_not():
    busy = Counter()
    most = Counter()
    lock = threading.Lock()

    def script(memory_mb, number):
        with lock:
            busy[memory_mb] += 1
            most[memory_mb] = max(most[memory_mb], busy[memory_mb])
            most["all"] = max(most["all"], sum(busy.values()))
        time.sleep(0.002)
        with lock:
            busy[memory_mb] -= 1
        return ok(memory_mb, number)

    _, found = measured(Scripted(script, parallel=3))
    assert {128: 1, 512: 1, 1769: 1} == {size: most[size] for size in PLAN.memory_sizes_mb}
    assert 2 <= most["all"] <= 3
    assert list(range(33)) == sorted(i.sequence for i in found.invocations)


def test_the_bound_holds_while_sizes_overlap():
    platform = Scripted(ok, parallel=3)
    session, found = measured(platform, replace(PLAN, budget=Budget(7)))
    assert 7 == len(found.invocations) == sum(platform.calls.values())
    assert StopReason.MAX_INVOCATIONS is session.stopped_by


def test_sizes_are_made_ready_together_before_they_are_measured():
    platform = Scripted(ok)
    measured(platform)
    assert [((128, 512, 1769), 0)] == platform.prepared


def test_cold_starts_are_brought_to_a_number_and_made_ready_together():
    platform = ModelPlatform(QUICK, seed=1)
    session = Session(platform, PLAN)
    session.measure([512, 1769], 4)
    session.measure_cold([512, 1769], 5)
    found = session.finished()
    assert {512: 5, 1769: 5} == Counter(i.memory_mb for i in found.invocations if i.cold)
    assert 4 == len(found.warm(512))
    scripted = Scripted(ok)
    session = Session(scripted, PLAN)
    session.measure([512], 1)
    session.measure_cold([512], 3)
    assert ((512,), 2) == scripted.prepared[-1]


def test_a_call_that_nothing_was_heard_of_is_not_free():
    def script(memory_mb, number):
        lost = Invocation(memory_mb, Outcome.UNREADABLE_LOG, environment="e")
        return lost if number % 3 == 2 else ok(memory_mb, number)

    plan = replace(PLAN, memory_sizes_mb=(512,), budget=Budget(100, max_spend_usd=0.0055))
    _, found = measured(Scripted(script), plan, price=lambda i: 0.001 * ((i.billed_duration_ms or 0) > 0))
    assert 5 == len(found.invocations)
