import pytest

import tuner
from cost_models.pricing import find_prices
from tuner.errors import UsageError
from tuner.interchange.means import Mean, cost_warnings, imported_means

DURATIONS_MS = {128: 1700.0, 512: 427.0, 1024: 212.0}


def imported(price_of_other="x86_64", factor=1.0):
    prices = find_prices("us-east-1", price_of_other)
    means = [
        Mean(size, duration, duration * float(prices.millisecond(size)) * factor)
        for size, duration in DURATIONS_MS.items()
    ]
    return imported_means(means, target="replay:x", function="x", kind="means")


def doubts(found, architecture="x86_64"):
    return cost_warnings(found, find_prices("us-east-1", architecture))


@pytest.mark.parametrize("factor", [1.0, 1.008, 0.96])
def test_costs_that_are_duration_times_price_raise_no_doubt(factor):
    assert () == doubts(imported(factor=factor))


def test_costs_of_the_other_architecture_are_told_from_wrong_ones():
    (warning,) = doubts(imported("arm64"))
    assert "W-STATED-COST" == warning.code
    assert "at 128 MB, 512 MB, 1,024 MB the stated costs are 0.80 times" in warning.message
    assert "they agree with the prices of arm64: --architecture arm64" == warning.hint
    assert () == doubts(imported("arm64"), "arm64")


def test_costs_that_fit_no_price_are_named_with_what_may_explain_them():
    (warning,) = doubts(imported(factor=0.5))
    assert "0.50 times" in warning.message
    assert "--architecture" not in warning.hint


def test_a_duration_below_a_millisecond_is_billed_as_one():
    price = float(find_prices("us-east-1", "x86_64").millisecond(128))
    found = imported_means([Mean(128, 0.4, price)], target="replay:x", function="x", kind="means")
    assert () == doubts(found)
    assert 1 == found.measurements.invocations[0].billed_duration_ms


def test_means_without_a_cost_have_nothing_to_be_doubted():
    found = imported_means([Mean(128, 5.0)], target="replay:x", function="x", kind="means")
    assert () == doubts(found)


def replay(tmp_path, monkeypatch, **options):
    monkeypatch.chdir(tmp_path)
    rows = "".join(f"{size},{duration}\n" for size, duration in DURATIONS_MS.items())
    (tmp_path / "means.csv").write_text(f"memory_mb,duration_ms\n{rows}")
    return tuner.tune("replay:means.csv", **options)


def test_what_the_averages_were_paid_for_is_not_known(tmp_path, monkeypatch):
    assert replay(tmp_path, monkeypatch).spent.cost_usd is None


def test_averages_say_so_once(tmp_path, monkeypatch):
    codes = [warning.code for warning in replay(tmp_path, monkeypatch).warnings]
    assert 1 == codes.count("W-MEANS")


def test_a_percentile_of_averages_cannot_be_bounded(tmp_path, monkeypatch):
    with pytest.raises(UsageError, match="so no p95") as caught:
        replay(tmp_path, monkeypatch, max_duration="500ms")
    assert "--max-duration 500ms@mean" in caught.value.hint
    bounded = replay(tmp_path, monkeypatch, max_duration="500ms@mean", strategy="cost")
    assert bounded.recommendation.candidate.duration_ms.mean <= 500


def test_a_saved_replay_of_averages_is_still_one_of_averages(tmp_path, monkeypatch):
    from tuner.runfile import save_run

    save_run(replay(tmp_path, monkeypatch), tmp_path / "run.json")
    with pytest.raises(UsageError, match="only means are known"):
        tuner.tune("replay:run.json", max_duration="500ms@p99")
    again = tuner.tune("replay:run.json")
    assert ["W-MEANS"] == [warning.code for warning in again.measurements.warnings]
    assert again.spent.cost_usd is None
