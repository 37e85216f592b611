"""Whatever the profile: each request ends in exactly one state, no pool overflows, and a seed decides all."""

from hypothesis import given, settings
from hypothesis import strategies as st
from simulated import PRICES, play

from tuner.concurrency.scaling import ScalingRule
from tuner.concurrency.simulation import FunctionProfile
from tuner.concurrency.simulation.arrivals import RecordedArrivals, burst, constant, diurnal, recorded
from tuner.concurrency.simulation.durations import LogNormal
from tuner.concurrency.simulation.retries import Retries

rates = st.floats(0, 60)
arrivals = st.one_of(
    st.builds(constant, rates),
    st.builds(burst, rates, rates, start_s=st.floats(0, 20), length_s=st.floats(0.1, 20)),
    st.builds(lambda low, swing: diurnal(low, low + swing, peak_at_s=10, seconds=30), rates, rates),
    st.builds(recorded, st.lists(st.floats(0, 40), max_size=80)),
)


@st.composite
def functions(draw):
    reserved = draw(st.none() | st.integers(0, 20))
    return FunctionProfile(
        name=draw(st.uuids()).hex,
        arrivals=draw(arrivals),
        durations=LogNormal(draw(st.floats(0.001, 5)), draw(st.floats(0, 3))),
        memory_mb=draw(st.integers(128, 10_240)),
        prices=PRICES,
        init=LogNormal(draw(st.floats(0, 3)), draw(st.floats(0, 1))),
        timeout_s=draw(st.floats(1, 10)),
        error_share=draw(st.floats(0, 1)),
        reserved=reserved,
        provisioned=draw(st.integers(0, 5 if reserved is None else reserved)),
        idle_reclaim_s=draw(st.floats(1, 60)),
        retries=Retries(draw(st.integers(1, 6)), draw(st.floats(0.01, 5)), draw(st.floats(0.01, 20))),
    )


rules = st.builds(
    ScalingRule, st.integers(1, 50), st.integers(0, 50), st.floats(0.5, 60), shared=st.booleans()
)


@settings(deadline=None, max_examples=30)
@given(st.lists(functions(), min_size=1, max_size=3), rules, st.integers(100, 150), st.integers(0, 2**63 - 1))
def test_every_request_ends_in_exactly_one_state(account, rule, limit, seed):
    def simulated():
        return play(*account, seconds=30.0, account_limit=limit, scaling=rule, seed=seed)

    result = simulated()
    parts = [result.totals, *(f.totals for f in result.functions), *(r.totals for r in result.timeline)]
    for totals in parts:
        assert totals.requests == totals.completed + totals.failed + totals.throttled
        assert totals.throttled == sum(totals.throttled_by.values())
        assert 0 <= totals.cold_starts <= totals.completed + totals.failed
    for name in ("requests", "completed", "failed", "throttled", "cold_starts", "retries"):
        expected = getattr(result.totals, name)
        assert expected == sum(getattr(f.totals, name) for f in result.functions)
        assert expected == sum(getattr(r.totals, name) for r in result.timeline)
    assert result.peak_concurrency <= limit
    for found in result.functions:
        reserved = found.function.reserved
        assert found.peak_concurrency <= (limit if reserved is None else reserved)
        if isinstance(found.function.arrivals, RecordedArrivals):
            assert found.totals.requests == (found.function.arrivals.times_s < 30).sum()
    for row in result.timeline:
        assert -1e-6 <= row.concurrency <= row.peak_concurrency + 1e-6
    assert result.timeline == simulated().timeline


def test_another_seed_is_another_draw():
    steady = FunctionProfile("f", constant(100), LogNormal(0.2, 1), 512, PRICES)
    first, second = (play(steady, seed=seed).totals.requests for seed in (1, 2))
    assert first != second


def test_the_windows_that_bound_the_memory_change_no_rule(monkeypatch):
    times = [n / 50 for n in range(3_000)]
    crowded = FunctionProfile(
        "f", recorded(times), LogNormal(1.0), 512, PRICES, reserved=40, retries=Retries(3, 0.2)
    )

    def counted():
        return [(row.totals, row.peak_concurrency, row.latency_ms) for row in play(crowded).timeline]

    whole = counted()
    monkeypatch.setattr("tuner.concurrency.simulation.run._REQUESTS_IN_WINDOW", 7)
    assert whole == counted()
