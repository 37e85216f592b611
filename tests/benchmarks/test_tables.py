"""The measured tables, and what a size loses on them."""

import json

import numpy as np
import pytest
from tables import DATA, Table, Truth, load_tables

from cost_models.workload import PointsDuration
from tuner.records import Strategy

GB_SECOND, REQUEST = 0.0000166667, 0.0000002  # x86_64 in us-east-1, the page of AWS Lambda pricing


def dollars(memory_mb, duration_ms):
    return memory_mb / 1024 * duration_ms / 1000 * GB_SECOND + REQUEST


def test_every_table_tells_its_source_and_nothing_beyond_its_description():
    entries = json.loads((DATA / "tables.json").read_text())
    keys = {"id", "source", "workload", "arch", "phase", "points"}
    assert all(keys <= set(entry) <= keys | {"note"} and entry["source"] for entry in entries)
    assert len(entries) == len({entry["id"] for entry in entries})


def test_the_evaluation_set_is_wide_enough_to_have_a_question():
    tables = load_tables("eval")
    assert 46 == len(tables)
    assert all(len(t.points) >= 5 and t.range_mb[1] >= 8 * t.range_mb[0] for t in tables)
    assert {t.id for t in tables} <= {t.id for t in load_tables("all")}
    assert not any("cold" in t.phase for t in tables)


def test_a_file_names_tables_or_brings_its_own(tmp_path):
    file = tmp_path / "mine.json"
    file.write_text(json.dumps(["lpt-aspnet-basic", {"id": "mine", "points": [[128, 9.5], [256, 4]]}]))
    assert ["lpt-aspnet-basic", "mine"] == [t.id for t in load_tables(str(file))]
    file.write_text('["lpt-aspnet-bacis"]')
    with pytest.raises(ValueError, match="lpt-aspnet-bacis"):
        load_tables(str(file))
    file.write_text('[{"id": "mine", "points": [[256, 4], [128, 9.5]]}]')
    with pytest.raises(ValueError, match="ascending"):
        load_tables(str(file))


def test_the_truth_is_the_function_that_is_invoked():
    table = load_tables("eval")[0]
    truth, duration = Truth(table), PointsDuration(table.points)
    assert table.range_mb == (truth.sizes_mb[0], truth.sizes_mb[-1])
    assert truth.duration_ms == pytest.approx([duration.expected_ms(int(m)) for m in truth.sizes_mb])
    assert set(np.diff(truth.sizes_mb)[1:-1]) == {64}


def test_a_size_loses_what_its_calls_cost_more():
    truth = Truth(Table("flat", "warm", ((128, 100.0), (512, 100.0))))
    assert 128 == truth.best_mb(Strategy.COST)
    assert 0 == truth.loss(Strategy.COST, 128).regret
    expected = dollars(256, 100) / dollars(128, 100) - 1
    assert expected == pytest.approx(truth.loss(Strategy.COST, 256).regret, rel=1e-6)
    assert 0 == truth.loss(Strategy.SPEED, 256).regret
    assert 1 + expected == pytest.approx(truth.loss(Strategy.SPEED, 256).cost_ratio, rel=1e-6)


def test_as_good_as_fastest_is_within_three_percent():
    truth = Truth(Table("nearly flat", "warm", ((128, 200.0), (256, 102.0), (1024, 100.0))))
    found = truth.loss(Strategy.SPEED, 1024)
    assert 0 == found.regret
    assert found.cost_ratio > dollars(1024, 100) / dollars(256, 102) * 0.99
    assert 0.02 == pytest.approx(truth.loss(Strategy.SPEED, 256).regret)


def test_balance_weighs_both_over_their_largest_in_the_range():
    # The grid is both ends: durations are 1 and 0.5 of the larger, costs near 1 and 0.75 of the larger.
    truth = Truth(Table("halving", "warm", ((128, 100.0), (192, 50.0))))
    cost = [dollars(128, 100), dollars(192, 50)]
    objective = [0.5 * c / max(cost) + 0.5 * d for c, d in zip(cost, (1, 0.5), strict=True)]
    assert objective[0] / objective[1] - 1 == pytest.approx(
        truth.loss(Strategy.BALANCED, 128).regret, rel=1e-6
    )
    assert 0 == truth.loss(Strategy.BALANCED, 192).regret
