"""Timeouts from the tail, with the cold start, a safety factor and the limits of the event source."""

import pytest

from cost_models.workload import Noise, PhysicalDuration, Workload
from tuner.fit import fit_duration_curve
from tuner.measure.session import Session
from tuner.plans import Budget, Plan, SearchMethod
from tuner.platforms.model import ModelPlatform
from tuner.timeout import recommend_timeout
from tuner.triggers import TRIGGERS


def _plan(sizes, calls):
    return Plan(SearchMethod.GRID, (sizes[0], sizes[-1]), sizes, calls, 0, 900, 1, Budget(5000))


def advice(duration_ms, *, calls=12, trigger=None, init_ms=None, noise=None):
    workload = Workload(
        "w", PhysicalDuration(duration_ms, 0.001), noise=noise or Noise(0.05), init_duration_ms=init_ms
    )
    sizes = (128, 512, 1769)
    session = Session(ModelPlatform(workload, seed=1), _plan(sizes, calls))
    session.measure(sizes, calls)
    found = session.finished()
    curve = fit_duration_curve(found.warm_durations_ms(), draws=100)
    return recommend_timeout(512, curve, found, trigger), found


def test_a_timeout_is_above_the_slowest_call_in_whole_seconds():
    found, measurements = advice(2000, noise=Noise(0.2))
    slowest_s = max(i.duration_ms for i in measurements.invocations) / 1000
    assert isinstance(found.timeout_s, int)
    assert found.timeout_s > slowest_s


def test_a_fast_function_gets_a_second():
    assert 1 == advice(5)[0].timeout_s


def test_the_cold_start_is_added():
    assert advice(2000, init_ms=8000)[0].timeout_s >= advice(2000)[0].timeout_s + 15


def test_a_small_sample_says_so_and_takes_the_larger_factor():
    few, many = advice(2000, calls=12)[0], advice(2000, calls=110)[0]
    assert ["W-SMALL-TAIL"] == [w.code for w in few.warnings]
    assert () == many.warnings
    assert any("factor of 2," in r for r in few.reasons)
    assert any("factor of 1.5," in r for r in many.reasons)


def test_lambda_ends_at_900_seconds_and_a_longer_function_is_warned_of():
    found = advice(890_000)[0]
    assert 900 == found.timeout_s
    assert "W-TIMEOUT-LIMIT" in [w.code for w in found.warnings]


def test_api_gateway_caps_the_timeout_at_29_seconds():
    capped = advice(20_000, trigger="api-gateway")[0]
    assert 29 == capped.timeout_s
    assert any("29 s that api-gateway waits" in r for r in capped.reasons)
    assert "W-TIMEOUT-LIMIT" not in [w.code for w in capped.warnings]


def test_a_function_slower_than_api_gateway_waits_is_warned_of():
    assert "W-TIMEOUT-LIMIT" in [w.code for w in advice(40_000, trigger="api-gateway")[0].warnings]


def test_sqs_needs_six_times_the_timeout_as_visibility_timeout():
    found = advice(2000, trigger="sqs")[0]
    warning = next(w for w in found.warnings if w.code == "W-TRIGGER")
    assert f"at least {6 * found.timeout_s} s" in warning.message


@pytest.mark.parametrize("trigger", sorted(TRIGGERS))
def test_every_trigger_gives_a_timeout(trigger):
    assert 1 <= advice(500, trigger=trigger)[0].timeout_s <= 900
