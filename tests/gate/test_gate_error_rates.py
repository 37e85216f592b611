"""A short run of the benchmark: the gate is seldom wrong, and finds what is there."""

from collections import Counter

import pytest
from click.testing import CliRunner
from gate_error_rates import EVERY, P50_5, Case, ceiling, main, run

from tuner.gate import Answer


def answers(case, runs, first_seed=50):
    return Counter(run(case, first_seed + n).answer for n in range(runs))


@pytest.mark.parametrize("case", [Case(cv=0.05), Case(cv=0.3), Case(cv=0.2, fail=EVERY), Case(luck=0.05)])
def test_the_same_code_raises_no_alarm(case):
    found = answers(case, 15)
    assert 0 == found[Answer.REGRESSION]
    assert found[Answer.PASS] > found[Answer.INCONCLUSIVE]


def test_a_large_change_is_found_within_sixty_pairs():
    assert answers(Case(0.20, fail=P50_5, max_pairs=60), 20)[Answer.REGRESSION] >= 19


def test_a_change_near_the_threshold_is_found_within_the_usual_bound():
    assert answers(Case(0.10, fail=P50_5), 20)[Answer.REGRESSION] >= 17


def test_no_test_finds_a_change_near_the_threshold_in_sixty_pairs():
    assert 0.6 > ceiling(Case(0.10, fail=P50_5, max_pairs=60))
    assert 0.95 < ceiling(Case(0.10, fail=P50_5, max_pairs=180))


def test_the_benchmark_writes_its_tables(tmp_path):
    ran = CliRunner().invoke(main, ["--runs", "1", "--out", str(tmp_path)], catch_exceptions=False)
    assert 0 == ran.exit_code
    written = (tmp_path / "gate_error_rates.md").read_text()
    assert written.endswith(ran.stdout.strip() + "\n")
    assert "The same code against itself" in written
