"""What the report of a run says of concurrency, where its volume is known."""

from dataclasses import replace

import pytest
from report_cases import CASES

from tuner.reporting.view import build_view


@pytest.mark.parametrize("volume", [None, 10**15])
def test_nothing_is_said_without_a_volume_or_of_one_that_no_function_has(volume):
    assert () == build_view(replace(CASES["improvement"](), invocations_per_month=volume)).concurrency


def test_a_volume_is_an_average_rate_and_so_a_lower_bound():
    # 2,592,000 a month are one a second; 110 ms at the size that is recommended.
    result = replace(CASES["improvement"](), invocations_per_month=2_592_000)
    mean_ms = result.recommendation.candidate.duration_ms.mean
    first, second = build_view(result).concurrency
    assert "2,592,000 invocations a month are 1 a second" in first
    assert f"1,024 MB needs a concurrency of {mean_ms / 1000:.3f}, today's 128 MB a concurrency of" in first
    assert "at most 0.01 %" in second
    assert "lower bound" in second
