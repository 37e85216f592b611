"""The value of a measurement that has not been made."""

from dataclasses import replace

import numpy as np
import pytest

from cost_models.workload import Noise, PhysicalDuration, Workload
from tuner.analysis import weigh
from tuner.measure.session import Session
from tuner.option_values import LatencyLimit
from tuner.options import RunOptions
from tuner.plans import Budget, Plan, SearchMethod, SearchRecord, StopReason
from tuner.platforms.model import ModelPlatform
from tuner.recommend import choose, expected_loss, expected_regret, regret_of
from tuner.records import Strategy
from tuner.search import next_step

CPU = Workload("cpu", PhysicalDuration(2, 180), noise=Noise(0.08), init_duration_ms=100)


WAITING = Workload("io", PhysicalDuration(200, 0.2), noise=Noise(0.08), init_duration_ms=100)


def measured(samples, options, workload=CPU):
    """Evidence after these sizes were measured so often, and the session that did it."""
    plan = Plan(SearchMethod.ADAPTIVE, (128, 3008), (), 1, 0, 900, 0, Budget(500))
    session = Session(ModelPlatform(workload, seed=5), plan)
    for size, count in samples.items():
        session.measure([size], count)
    record = SearchRecord(SearchMethod.ADAPTIVE, (128, 3008), StopReason.REGRET)
    return weigh(replace(session.finished(), search=record), options), session


def step(samples, calls_left=None, workload=CPU, **wanted):
    options = RunOptions(**wanted)
    evidence, session = measured(samples, options, workload)
    return next_step(
        options.strategy,
        evidence,
        batch=1,
        calls_for=session.calls_for,
        calls_left=calls_left,
        seed=0,
    )


def test_a_measurement_is_expected_to_help_and_names_its_size():
    chosen = step({128: 1, 512: 1, 1769: 1, 3008: 1})
    assert chosen.gain > 0
    assert 128 <= chosen.memory_mb <= 3008


def test_where_the_answer_is_known_little_is_gained():
    sizes = {128: 5, 512: 2, 1769: 1, 3008: 1}
    assert step(sizes, workload=WAITING).gain < 1e-5 < step(sizes).gain


def test_a_new_size_is_not_proposed_when_the_bound_leaves_one_call():
    chosen = step({128: 1, 512: 1, 1769: 1, 3008: 1}, calls_left=1)
    assert chosen.memory_mb in (128, 512, 1769, 3008)
    assert 1 == chosen.samples
    assert step({128: 1, 512: 1}, calls_left=0) is None


def test_a_latency_limit_draws_the_search_to_sizes_that_may_keep_it():
    chosen = step({128: 2, 256: 2}, max_duration=LatencyLimit(250, "mean"))
    assert chosen.memory_mb > 512


def test_regret_is_never_negative_and_zero_for_each_draws_best():
    options = RunOptions(strategy=Strategy.BALANCED)
    evidence, _ = measured({128: 3, 512: 3, 1769: 3, 3008: 3}, options)
    regret = regret_of(Strategy.BALANCED, evidence)
    assert np.all(regret >= 0)
    assert regret[:, evidence.in_play].min(axis=1) == pytest.approx(np.zeros(len(regret)))
    column = choose(Strategy.BALANCED, evidence)
    stated = expected_regret(Strategy.BALANCED, evidence, column)
    assert stated.mean == pytest.approx(regret[:, column].mean())
    assert expected_loss(Strategy.BALANCED, evidence, column) >= 0


def test_more_samples_lower_the_stated_regret():
    options = RunOptions()
    stated = []
    for count in (2, 40):
        evidence, _ = measured({128: count, 512: count, 1024: count, 1769: count, 3008: count}, options)
        stated.append(expected_regret(Strategy.COST, evidence, choose(Strategy.COST, evidence)).mean)
    assert stated[1] < stated[0]
