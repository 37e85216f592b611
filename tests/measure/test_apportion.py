"""Sharing out by weight: sums are exact, nobody is far from its due."""

import math
from collections import Counter
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tuner.measure.apportion import largest_remainder, weighted_turn, weighted_turns

ONES = st.integers(1, 100)
WEIGHTS = st.lists(ONES | st.floats(0, 1e6, allow_subnormal=False), min_size=1, max_size=12).filter(any)


def due(weights, n):
    exact = [Fraction(weight) for weight in weights]
    return [n * weight / sum(exact) for weight in exact]


def counted(weights, calls):
    counts = Counter(weighted_turns(weights, calls))
    return [counts[place] for place in range(len(weights))]


@pytest.mark.parametrize(
    ("weights", "n", "expected"),
    [
        ([1], 7, [7]),
        ([1, 1, 1], 10, [4, 3, 3]),
        ([1, 1], 1, [1, 0]),
        ([5, 3, 2], 10, [5, 3, 2]),
        ([0.5, 0.3, 0.2], 7, [4, 2, 1]),  # 3.5, 2.1, 1.4
        ([50, 30, 15, 5], 11, [5, 3, 2, 1]),  # 5.5, 3.3, 1.65, 0.55
        ([0, 2], 3, [0, 3]),
        ([1e-300, 1e300], 5, [0, 5]),
        ([3, 1], 0, [0, 0]),
    ],
)
def test_shares(weights, n, expected):
    assert expected == largest_remainder(weights, n)


@given(WEIGHTS, st.integers(0, 10_000))
def test_shares_add_up_and_are_within_one_of_what_is_due(weights, n):
    shares = largest_remainder(weights, n)
    assert n == sum(shares)
    assert all(abs(share - exact) < 1 for share, exact in zip(shares, due(weights, n), strict=True))


@given(WEIGHTS, st.integers(0, 1000))
def test_shares_do_not_depend_on_the_scale(weights, n):
    assert largest_remainder(weights, n) == largest_remainder([weight * 8 for weight in weights], n)


@given(st.lists(st.just(0) | st.just(-1) | st.just(math.nan) | st.just(math.inf), max_size=3))
def test_weights_that_share_nothing_out_are_refused(weights):
    with pytest.raises(ValueError, match="weights"):
        largest_remainder(weights, 3)


@pytest.mark.parametrize(
    ("weights", "expected"),
    [
        ([1], (0, 0, 0, 0, 0, 0)),
        ([1, 1], (0, 1, 0, 1, 0, 1)),
        ([1, 1, 1], (0, 1, 2, 0, 1, 2)),
        ([2, 1], (0, 1, 0, 0, 1, 0)),
        ([1, 2], (1, 0, 1, 1, 0, 1)),
        ([5, 0, 1], (0, 0, 0, 2, 0, 0)),
        ([1, 1, 3, 5], (3, 2, 3, 0, 1, 3)),  # the last is owed more than the third
    ],
)
def test_turns(weights, expected):
    assert expected == weighted_turns(weights, 6)


def test_the_turn_at_one_call():
    weights = [5, 3, 2]
    assert weighted_turns(weights, 70) == tuple(weighted_turn(weights, call) for call in range(70))


@given(WEIGHTS, st.integers(0, 60), st.integers(0, 60))
def test_a_longer_sequence_begins_with_a_shorter_one(weights, calls, more):
    assert weighted_turns(weights, calls) == weighted_turns(weights, calls + more)[:calls]


@given(WEIGHTS, st.integers(0, 120))
def test_at_every_call_the_counts_are_within_one_of_the_shares(weights, calls):
    counts = counted(weights, calls)
    assert calls == sum(counts)
    for count, share, exact in zip(
        counts, largest_remainder(weights, calls), due(weights, calls), strict=True
    ):
        assert abs(count - share) <= 1
        assert abs(count - exact) < 1.5


@given(st.tuples(ONES, ONES), st.integers(0, 120))
def test_of_two_the_counts_are_the_shares(weights, calls):
    assert largest_remainder(weights, calls) == counted(weights, calls)


@given(st.lists(st.integers(1, 15), min_size=1, max_size=10), st.integers(1, 3))
def test_where_shares_are_exact_the_counts_are_the_shares(weights, rounds):
    assert [weight * rounds for weight in weights] == counted(weights, rounds * sum(weights))
