"""Looks at growing data: together they err as often as promised."""

import numpy as np
import pytest
from scipy.stats import norm

from tuner.errors import UsageError
from tuner.gate import Design
from tuner.gate.boundaries import SPENDING, look_levels


def test_a_single_look_spends_everything():
    assert pytest.approx(0.05) == look_levels((1.0,), 0.05)[0]


def test_the_first_look_spends_its_part():
    assert pytest.approx(0.1 * 0.25**SPENDING) == look_levels((0.25, 1.0), 0.1)[0]


def test_two_looks_by_the_bivariate_normal_distribution():
    first, second = (norm.isf(level) for level in look_levels((0.5, 1.0), 0.05))
    from scipy.stats import multivariate_normal

    both_kept = multivariate_normal(cov=[[1, 0.5**0.5], [0.5**0.5, 1]]).cdf([first, second])
    assert pytest.approx(0.05, abs=1e-5) == 1 - both_kept


@pytest.mark.parametrize("error", [0.1, 0.01])
def test_many_looks_together_err_as_often_as_promised(error):
    fractions = tuple(n / 12 for n in range(1, 13))
    bounds = norm.isf(look_levels(fractions, error))
    steps = np.random.default_rng(4).normal(size=(100_000, 12))
    z = steps.cumsum(axis=1) / np.sqrt(np.arange(1, 13))
    assert error == pytest.approx((z > bounds).any(axis=1).mean(), rel=0.1)


def test_looks_get_rarer_and_end_at_the_last_block():
    looks = Design().looks(44)
    assert (4, 5, 6) == looks[:3]
    assert 44 == looks[-1]
    assert len(looks) < 15


def test_a_measurement_that_is_cut_short_is_looked_at_where_it_ended():
    design = Design()
    at_look, between = (design.level(blocks, 44, 1) for blocks in (9, 10))
    assert 0 < between < at_look + 0.05
    assert between != at_look


def test_two_stages_and_every_rule_share_the_error():
    assert pytest.approx(0.1) == Design(alarm_rate=0.01).level(44, 44, 1) / look_share(44, 1)
    assert Design().level(44, 44, 5) < Design().level(44, 44, 1)


def look_share(blocks, rules):
    design = Design()
    levels = look_levels(tuple(n / blocks for n in design.looks(blocks)), (0.01 / rules) ** 0.5)
    return levels[-1] / (0.01 / rules) ** 0.5


def test_too_few_pairs_for_a_confirmation_are_refused():
    with pytest.raises(UsageError, match="39 pairs"):
        Design(max_pairs=39)
    assert 4 == Design(max_pairs=40).first_blocks
