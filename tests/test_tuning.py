"""The Python API, and the warnings that a whole run can give."""

from dataclasses import replace

import pytest

import tuner
from cost_models.workload_file import load_workload
from tuner.errors import MeasurementError, SettingsError, UsageError
from tuner.measure.quality import outcome_warnings
from tuner.options import RunOptions
from tuner.plans import Prediction, SearchMethod
from tuner.platforms.base import Foresight, InvocationRequest, TargetDescription
from tuner.platforms.model import ModelPlatform
from tuner.records import Basis, Excluded, Invocation, MeasurementSet, Outcome
from tuner.settings import load_settings
from tuner.tuning import open_events, run_on
from tuner.tuning.planning import make_preview

TABLE = """
name = "cliff"
[duration]
points = [[128, 900.0], [256, 880.0], [512, 90.0], [1024, 85.0], [1769, 12.0], [3008, 11.0]]
[noise]
cv = 0.02
"""


@pytest.fixture(autouse=True)
def _empty_folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)


def codes(result):
    return [w.code for w in result.warnings]


def test_the_result_has_an_answer_with_reasons():
    result = tuner.tune("model:cpu-bound", strategy="speed", memory_sizes=[512, 1769, 3008])
    assert isinstance(result, tuner.TuningResult)
    assert 1769 == result.recommendation.candidate.memory_mb
    assert result.recommendation.reasons
    assert result.to_dict()["recommendation"]["memory_mb"] == 1769
    assert "tuner run model:cpu-bound --strategy speed --memory-sizes 512,1769,3008" == result.command


def test_an_unknown_option_names_the_nearest():
    with pytest.raises(UsageError, match="stratgy") as caught:
        tuner.tune("model:cpu-bound", stratgy="speed")
    assert "strategy" in caught.value.hint


def test_a_wrong_value_is_refused_before_anything_is_invoked():
    with pytest.raises(SettingsError, match="memory size"):
        tuner.tune("model:cpu-bound", memory_sizes=[64])


def test_the_spent_money_is_the_sum_of_the_invoices():
    result = tuner.tune("model:mixed", memory_sizes=[512], invocations=5)
    invoices = [
        i.billed_duration_ms / 1000 * 0.5 * 0.0000166667 + 0.0000002 for i in result.measurements.invocations
    ]
    assert pytest.approx(sum(invoices)) == result.spent.cost_usd
    assert 6 == result.spent.invocations


def test_the_default_bound_on_invocations_holds():
    result = tuner.tune("model:short-burst")
    assert result.spent.invocations <= 2 * 7 * 11


def test_a_machine_of_one_core_measures_up_to_one_vcpu_and_extrapolates_the_rest():
    one_core = TargetDescription("f", "local", "x86_64", (128, 1769))
    grid = RunOptions(search=SearchMethod.GRID)
    preview = make_preview(one_core, grid)
    assert (128, 256, 512, 1024, 1769) == preview.plan.memory_sizes_mb
    assert (3008,) == preview.extrapolated_mb
    assert () == make_preview(one_core, replace(grid, max_memory=1024)).extrapolated_mb
    assert (128, 1769) == make_preview(one_core, RunOptions()).plan.range_mb


def test_a_usual_size_that_was_not_reached_is_extrapolated_and_marked():
    result = tuner.tune("model:cpu-bound", max_invocations=8, invocations=1, seed=0)
    assert 3008 not in result.measurements.memory_sizes_mb
    row = next(c for c in result.candidates if c.memory_mb == 3008)
    assert row.basis is Basis.EXTRAPOLATED
    assert "never recommended" in row.rejected


def test_sizes_that_only_time_out_are_named():
    result = tuner.tune("model:cpu-bound", timeout=1)
    assert "W-TIMED-OUT" in codes(result)
    assert all(result.measurements.outcomes(size)[Outcome.TIMEOUT] for size in (128, 256))


def test_a_function_that_no_curve_fits_is_named(tmp_path):
    (tmp_path / "cliff.toml").write_text(TABLE)
    assert "W-MISFIT" in codes(tuner.tune("model:cliff.toml"))
    assert "W-MISFIT" not in codes(tuner.tune("model:cpu-bound"))


def test_a_size_that_fails_now_and_then_is_named():
    calls = [Invocation(512, Outcome.OK if n % 3 else Outcome.FUNCTION_ERROR, 5.0, 5) for n in range(9)]
    found = outcome_warnings(MeasurementSet("t", "t", "local", tuple(calls)))
    assert ["3 of 9 invocations at 512 MB failed (function error)"] == [w.message for w in found]


def test_a_function_that_never_succeeds_says_how_it_failed():
    with pytest.raises(MeasurementError, match=r"out of memory.*128 MB.*Runtime.OutOfMemory"):
        tuner.tune("model:memory-hungry", memory_sizes=[128])


class BusyMachine(ModelPlatform):
    """A model that foresees its sizes by calls which other work disturbed throughout."""

    def predict(self, *, timeout_s, payload, memory_mb):
        self.invoke(InvocationRequest(1769, timeout_s, payload))
        calls = [self.invoke(InvocationRequest(1769, timeout_s, payload)) for _ in range(3)]
        return Foresight(
            Prediction(tuple(memory_mb), tuple(1e5 / size for size in memory_mb), 3),
            tuple(replace(call, excluded=Excluded.DISTURBED) for call in calls),
        )


def test_a_prediction_on_a_busy_machine_answers_and_says_so(tmp_path):
    settings = load_settings("model:cpu-bound", {"predict": True}, {}, tmp_path)
    platform = BusyMachine(load_workload("cpu-bound"), seed=0)
    result = run_on(platform, settings, *open_events(settings))
    assert "W-DISTURBED" in codes(result)
    assert Basis.PREDICTED is result.recommendation.candidate.basis


def test_architecture_and_region_choose_the_prices():
    x86 = tuner.tune("model:mixed", memory_sizes=[1024])
    arm = tuner.tune("model:mixed", memory_sizes=[1024], architecture="arm64", region="ap-east-1")
    assert ("arm64", "ap-east-1") == (arm.conditions["architecture"], arm.conditions["region"])
    assert x86.candidates[0].duration_ms == arm.candidates[0].duration_ms
    assert x86.candidates[0].cost_usd_per_million != arm.candidates[0].cost_usd_per_million
