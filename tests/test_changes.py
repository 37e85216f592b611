"""The change between two numbers that are known within intervals."""

from __future__ import annotations

import math

import numpy as np
import pytest

from tuner.changes import is_sure, relative_change
from tuner.records import Estimate


def test_the_change_is_the_ratio_of_the_means() -> None:
    change = relative_change(Estimate(2.0, 1.9, 2.1), Estimate(1.5, 1.4, 1.6))

    assert change is not None
    assert pytest.approx(-0.25) == change.mean
    assert change.low < -0.25 < change.high < 0
    assert is_sure(change)


def test_equal_numbers_do_not_differ_for_sure() -> None:
    change = relative_change(Estimate(2.0, 1.9, 2.1), Estimate(2.0, 1.9, 2.1))

    assert change is not None
    assert 0.0 == change.mean
    assert not is_sure(change)


def test_intervals_that_overlap_a_little_can_still_differ_for_sure() -> None:
    # That each holds the other's bound is a stricter rule than that of the difference.
    change = relative_change(Estimate(1.0, 0.95, 1.05), Estimate(1.09, 1.04, 1.14))

    assert change is not None
    assert is_sure(change)


def test_the_change_back_is_the_inverse() -> None:
    before, after = Estimate(2.0, 1.8, 2.5), Estimate(3.0, 2.9, 3.3)
    there, back = relative_change(before, after), relative_change(after, before)

    assert there is not None
    assert back is not None
    assert pytest.approx(1.0) == (1 + there.low) * (1 + back.high)
    assert pytest.approx(1.0) == (1 + there.high) * (1 + back.low)


@pytest.mark.parametrize("mean", [0.0, math.inf])
def test_what_cannot_be_divided_has_no_change(mean: float) -> None:
    assert relative_change(Estimate(mean, 0.0, mean), Estimate(1.0, 0.9, 1.1)) is None
    assert relative_change(Estimate(1.0, 0.9, 1.1), Estimate(mean, 0.0, mean)) is None


def test_a_bound_that_is_not_known_leaves_the_change_open() -> None:
    change = relative_change(Estimate(1.0, 0.0, 2.0), Estimate(1.0, 0.9, 1.1))

    assert change is not None
    assert math.inf == change.high
    assert -1 < change.low < 0


def test_the_interval_holds_the_truth_as_often_as_it_says() -> None:
    """Two means of 20 normal values each, with Student's intervals: 95 in 100, give or take chance."""
    rng, n, truth = np.random.default_rng(7), 20, 1.25
    reach = 2.093 / math.sqrt(n)  # t(19) at 97.5 %

    def estimate(mean: float) -> Estimate:
        values = rng.normal(mean, 0.2 * mean, n)
        half = reach * float(values.std(ddof=1))
        return Estimate(float(values.mean()), float(values.mean()) - half, float(values.mean()) + half)

    changes = [relative_change(estimate(80.0), estimate(80.0 * truth)) for _ in range(1_000)]

    held = sum(1 for change in changes if change and change.low <= truth - 1 <= change.high)
    assert 930 <= held <= 975
