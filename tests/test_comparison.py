"""Runs beside each other: names, differences, and what keeps them from being comparable."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

import tuner
from cost_models.workload_file import load_workload
from tuner.comparison import MOST_RUNS, compare, names_of
from tuner.errors import UsageError
from tuner.records import TuningResult


@pytest.fixture(scope="module")
def x86() -> TuningResult:
    return tuner.tune("model:mixed", seed=1)


@pytest.fixture(scope="module")
def arm() -> TuningResult:
    return tuner.tune("model:mixed", seed=2, architecture="arm64")


def under(result: TuningResult, **conditions: str) -> TuningResult:
    return replace(result, conditions={**result.conditions, **conditions})


def called(result: TuningResult, function: str) -> TuningResult:
    return replace(result, measurements=replace(result.measurements, function=function))


def test_what_is_shared_is_compared_at_every_size_that_was_measured(
    x86: TuningResult, arm: TuningResult
) -> None:
    (contrast,) = compare([("a", x86), ("b", arm)]).contrasts

    sizes = [each.after.memory_mb for each in contrast.sizes]
    either = set(x86.measurements.memory_sizes_mb) | set(arm.measurements.memory_sizes_mb)
    assert sizes == sorted(sizes)
    assert len(sizes) > 2
    assert set(sizes) <= either
    assert all(each.before.memory_mb == each.after.memory_mb for each in contrast.sizes)


def test_the_difference_is_that_of_the_numbers_that_both_reports_show(
    x86: TuningResult, arm: TuningResult
) -> None:
    found = compare([("a", x86), ("b", arm)]).contrasts[0].recommended

    before, after = x86.recommendation.candidate, arm.recommendation.candidate
    assert found.cost is not None
    assert before.cost_usd_per_million is not None
    assert after.cost_usd_per_million is not None
    ratio = after.cost_usd_per_million.mean / before.cost_usd_per_million.mean
    assert pytest.approx(ratio - 1) == found.cost.mean
    # The price of a millisecond is a fifth less; the request costs the same.
    assert found.cost.low < -0.17 < found.cost.high


def test_the_interval_holds_the_true_change_of_duration() -> None:
    slow, fast = (load_workload(name, root=Path()) for name in ("mixed", "cpu-bound"))
    misses = 0
    grid = {"memory_sizes": [256, 512, 1024], "invocations": 5}
    for seed in range(3):
        pair = [(name, tuner.tune(f"model:{name}", seed=seed, **grid)) for name in ("mixed", "cpu-bound")]
        for found in compare(pair).contrasts[0].sizes:
            size = found.after.memory_mb
            truth = fast.expected_duration_ms(size) / slow.expected_duration_ms(size) - 1
            assert found.duration is not None
            misses += not found.duration.low <= truth <= found.duration.high
    assert misses <= 1


def test_functions_give_the_names(x86: TuningResult) -> None:
    assert ["f", "g"] == names_of([("1.json", called(x86, "f")), ("2.json", called(x86, "g"))])


def test_runs_of_one_function_are_called_by_what_differs(x86: TuningResult, arm: TuningResult) -> None:
    assert ["x86_64", "arm64"] == names_of([("a", x86), ("b", arm)])
    other = under(x86, runtime="python3.14")
    assert ["python3.13", "python3.14"] == names_of([("a", under(x86, runtime="python3.13")), ("b", other)])


def test_runs_that_differ_in_nothing_are_called_by_their_files_or_else_counted(x86: TuningResult) -> None:
    assert ["before", "after"] == names_of([("before", x86), ("after", x86)])
    later = replace(x86, created_at="2030-01-01T00:00:00+00:00")
    assert [x86.created_at, later.created_at] == names_of([("run", x86), ("run", later)])
    assert ["1", "2"] == names_of([("run", x86), ("run", x86)])


def test_only_names_that_are_not_unique_are_extended(x86: TuningResult, arm: TuningResult) -> None:
    named = names_of([("a", x86), ("b", arm), ("c", called(x86, "other"))])
    assert ["mixed (x86_64)", "mixed (arm64)", "other"] == named


def test_the_architecture_is_what_one_compares_and_other_conditions_are_a_warning(
    x86: TuningResult, arm: TuningResult
) -> None:
    quiet = compare([("a", x86), ("b", arm)])
    assert () == quiet.warnings
    assert ["architecture"] == [each.key for each in quiet.disagreements]

    there = under(arm, region="eu-west-1", price_date="2020-01-01", payload_sha256="0" * 64, runtime="x")
    (warning,) = compare([("a", x86), ("b", there)]).warnings
    assert "W-CONDITIONS" == warning.code
    for word in ("region", "price date", "payload", "runtime"):
        assert word in warning.message
    assert "architecture" not in warning.message


def test_another_range_of_memory_is_named(x86: TuningResult) -> None:
    narrow = tuner.tune("model:mixed", min_memory=512, seed=3)
    found = compare([("a", x86), ("b", narrow)])
    assert "memory range" in found.warnings[0].message


def test_relative_and_live_runs_are_refused(x86: TuningResult) -> None:
    local = replace(x86, measurements=replace(x86.measurements, relative=True, platform="local"))
    with pytest.raises(UsageError, match="local sandbox"):
        compare([("a", x86), ("b", local)])


def test_one_run_and_too_many_are_refused(x86: TuningResult) -> None:
    for count in (1, MOST_RUNS + 1):
        with pytest.raises(UsageError, match=f"{count} runs"):
            compare([("a", x86)] * count)


def test_runs_without_a_shared_size_are_compared_where_they_recommend_to_be(x86: TuningResult) -> None:
    low = tuner.tune("model:mixed", memory_sizes=[128, 256])
    high = tuner.tune("model:mixed", memory_sizes=[1024, 2048])
    (contrast,) = compare([("a", low), ("b", high)]).contrasts
    assert () == contrast.sizes
    assert contrast.recommended.duration is not None
    assert contrast.recommended.duration.high < 0
