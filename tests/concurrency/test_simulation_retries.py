"""Callers that try again: who comes back when, and what that does to a limit that is too low."""

import pytest
from simulated import UNBOUND, Exponential, function, play

from tuner.concurrency.erlang import erlang_b
from tuner.concurrency.simulation.retries import NO_RETRIES, Retries

PATIENT = Retries(attempts=100, backoff_s=1.0, backoff_most_s=4.0)


def test_the_longest_wait_doubles_up_to_its_most():
    assert [1, 2, 4, 8, 16, 20, 20] == [NO_RETRIES.longest_wait_s(made) for made in range(1, 8)]


def test_patient_callers_get_through_one_after_the_other():
    # One environment and 30 calls of 2 s at once: the last cannot be done before 60 s have passed.
    queue = function(times=[0.0] * 30, duration_s=2, reserved=1, retries=PATIENT)
    result = play(queue, seconds=600, scaling=UNBOUND)
    assert (30, 30, 0) == (result.totals.requests, result.totals.completed, result.totals.throttled)
    assert result.totals.retries >= 29
    assert result.latency_ms["p999"] >= 58_000
    assert 1 == result.peak_concurrency
    busy = [row.concurrency * result.profile.step_s for row in result.timeline]
    assert 60 == pytest.approx(sum(busy))


def test_callers_give_up_after_their_last_attempt():
    # The only environment is busy all the time.
    result = play(
        function(times=[0.0, 1.0, 2.0], duration_s=50, reserved=1, retries=Retries(4, 0.5)), seconds=60
    )
    assert (1, 2, 6) == (result.totals.completed, result.totals.throttled, result.totals.retries)
    assert 2 == result.totals.throttled_by["concurrency"]


def test_nobody_comes_back_after_the_end():
    result = play(function(times=[0.0, 9.9], duration_s=50, reserved=1, retries=PATIENT), seconds=10)
    assert (1, 1) == (result.totals.completed, result.totals.throttled)


def test_a_request_counts_in_the_row_in_which_it_ends():
    crowd = function(times=[0.0, 0.0], duration_s=5, reserved=1, retries=PATIENT)
    result = play(crowd, seconds=120)
    ended = {row.t_s: row.totals.requests for row in result.timeline if row.totals.requests}
    assert 1 == ended.pop(0.0)
    (late,) = ended
    assert late >= 5


def test_a_retry_that_fails_has_failed():
    result = play(function(times=[0.0, 0.0], duration_s=1, reserved=1, error_share=1.0, retries=PATIENT))
    assert (2, 0) == (result.totals.failed, result.totals.throttled)


def test_retries_raise_the_load_that_is_refused():
    # Each attempt that is refused comes back, so more attempts are refused than Erlang B says of the load.
    once, thrice = (
        play(
            function(rate=10, durations=Exponential(1.0), reserved=10, retries=retries),
            seconds=6_000,
            scaling=UNBOUND,
            seed=4,
        ).totals
        for retries in (NO_RETRIES, Retries(3, 0.1, 0.1))
    )
    share = erlang_b(10, 10.0)
    assert share == pytest.approx(once.throttled / once.requests, rel=0.1)
    refused = thrice.throttled + thrice.retries
    assert refused / (thrice.requests + thrice.retries) > 1.5 * share
    assert thrice.throttled < once.throttled
