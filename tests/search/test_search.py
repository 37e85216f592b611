"""The search as a whole, on cost models whose truth is known: where it looks, and when it stops."""

import pytest

import tuner
from tuner.errors import InfeasibleError, UsageError
from tuner.options import RunOptions
from tuner.plans import StopReason
from tuner.records import Outcome, Strategy
from tuner.search import search_range, starting_sizes

CLIFF = """
name = "cliff"
[duration]
points = [[128, 210.0], [256, 213.0], [512, 26.7], [1024, 18.4], [2048, 17.0]]
[noise]
cv = 0.05
[init]
duration_ms = 300
"""
WAITING = """
name = "waiting"
[duration]
io_ms = 200.0
cpu_ms = 0.1
[noise]
cv = 0.05
[memory]
used_mb = 300
"""


@pytest.fixture(autouse=True)
def _empty_folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "cliff.toml").write_text(CLIFF)
    (tmp_path / "waiting.toml").write_text(WAITING)


def test_an_easy_function_takes_a_dozen_calls():
    result = tuner.tune("model:io-bound")
    assert 128 == result.recommendation.candidate.memory_mb
    assert result.spent.invocations <= 12
    assert StopReason.REGRET is result.search.stopped_by
    assert result.search.conclusive


def test_every_strategy_carries_its_regret():
    result = tuner.tune("model:mixed")
    for strategy in Strategy:
        regret = result.strategies[strategy].expected_regret
        assert 0 <= regret.mean <= max(regret.bound, 0.05)


def test_a_threshold_is_found_on_its_cheap_side():
    for seed in range(3):
        result = tuner.tune("model:cliff.toml", min_memory=128, max_memory=2048, seed=seed)
        assert 448 <= result.recommendation.candidate.memory_mb <= 640


def test_sizes_that_the_peak_memory_rules_out_are_never_invoked():
    result = tuner.tune("model:waiting.toml")
    assert result.recommendation.candidate.memory_mb == 384  # 300 MB and a fifth more
    failed = [i for i in result.measurements.invocations if i.outcome is not Outcome.OK]
    assert [] == failed
    assert min(result.measurements.memory_sizes_mb) >= 360


def test_the_same_seed_makes_the_same_search():
    first, second = (tuner.tune("model:parallel", seed=4) for _ in range(2))
    assert first.measurements.invocations == second.measurements.invocations


@pytest.mark.parametrize("bound", [9, 20, 33])
def test_the_bound_on_invocations_holds_and_is_named(bound):
    result = tuner.tune("model:cpu-bound", max_invocations=bound)
    assert result.spent.invocations <= bound
    assert StopReason.MAX_INVOCATIONS is result.search.stopped_by


def test_an_answer_that_is_not_sure_enough_says_what_more_would_cost():
    result = tuner.tune("model:cpu-bound", max_invocations=10)
    assert not result.search.conclusive
    assert result.search.ran_out
    assert result.search.more_invocations > 0
    assert result.search.more_cost_usd > 0
    assert "W-INCONCLUSIVE" in [w.code for w in result.warnings]


def test_a_wider_regret_is_reached_sooner():
    strict = tuner.tune("model:cpu-bound", regret="1%").spent.invocations
    loose = tuner.tune("model:cpu-bound", regret="8%").spent.invocations
    assert loose < strict


def test_a_larger_bound_asks_for_less_regret():
    usual = tuner.tune("model:io-bound").search.target
    assert 0.01 == usual
    assert usual / 2 == tuner.tune("model:io-bound", max_invocations=80).search.target


def test_constraints_are_searched_and_kept():
    result = tuner.tune("model:mixed", max_duration="200ms@p95")
    assert result.recommendation.candidate.duration_ms.mean < 200
    with pytest.raises(InfeasibleError, match="keeps p95 within"):
        tuner.tune("model:io-bound", max_duration="20ms@p95")


def test_speed_takes_no_more_memory_than_it_needs():
    result = tuner.tune("model:cpu-bound", strategy="speed", max_memory=10_240)
    assert 1600 <= result.recommendation.candidate.memory_mb <= 3008


def test_the_range_is_the_users_or_what_any_account_may_use():
    assert (128, 3008) == search_range(RunOptions(), (128, 10_240), None)
    assert (128, 5120) == search_range(RunOptions(), (128, 10_240), 5120)
    assert (256, 8192) == search_range(RunOptions(min_memory=256, max_memory=8192), (128, 10_240), None)
    with pytest.raises(UsageError, match="this machine"):
        search_range(RunOptions(min_memory=4096), (128, 3538), None)


def test_a_search_starts_at_the_largest_size_and_measures_todays():
    sizes = starting_sizes((128, 3008), 512)
    assert 512 in sizes
    assert list(sizes) == sorted(sizes, reverse=True)
    assert (128, 3008) == (sizes[-1], sizes[0])
    assert (1024,) == starting_sizes((1024, 1024), None)


def test_a_replay_of_a_search_gives_the_same_answer(tmp_path):
    from tuner.runfile import save_run

    result = tuner.tune("model:parallel", seed=2)
    save_run(result, tmp_path / "run.json")
    again = tuner.tune("replay:run.json")
    assert result.recommendation == again.recommendation
    assert result.search == again.search


def test_an_answer_at_the_end_of_the_usual_range_says_so():
    def codes(**options):
        return [w.code for w in tuner.tune("model:parallel", strategy="speed", **options).warnings]

    assert "W-EDGE" in codes()
    assert "W-EDGE" not in codes(max_memory=3008)
