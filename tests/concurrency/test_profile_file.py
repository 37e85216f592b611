"""Load profiles as TOML: the documented example, and everything that can be wrong with one."""

import re
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cost_models.errors import CostModelError
from tuner.concurrency.scaling import EARLIER, TODAY
from tuner.concurrency.simulation import load_profile, simulate
from tuner.concurrency.simulation.arrivals import DAY_S, constant, diurnal
from tuner.concurrency.simulation.profile_file import _function, parse_profile
from tuner.errors import UsageError

DOCUMENT = Path(__file__).parents[2] / "docs" / "concurrency.md"
SMALL = """
name = "small"
duration = "10m"
[functions.f]
memory_mb = 512
duration = "100ms"
[functions.f.arrivals]
shape = "constant"
requests_per_second = 5
"""


def parse(text, folder=Path()):
    return parse_profile(text, source="p.toml", folder=folder)


def test_the_documented_profile_can_be_simulated(tmp_path):
    example = re.search(r"```toml\n(.*?)```", DOCUMENT.read_text(), re.DOTALL)[1]
    (tmp_path / "sale.toml").write_text(example)
    (tmp_path / "orders.csv").write_text("t_s,requests_per_second\n0,2\n1800,10\n")
    profile = load_profile(tmp_path / "sale.toml")
    assert ["checkout", "search", "thumbnails", "orders"] == [f.name for f in profile.functions]
    assert 1800 * 2 + 1800 * 10 == profile.functions[3].arrivals.expected(0, 3600)
    result = simulate(replace(profile, seconds=1_320.0))  # two minutes of the burst
    assert 150 == result.functions[0].peak_concurrency
    assert result.totals.throttled > 20_000
    assert result.totals.retries > 50_000


def test_what_is_left_out_has_a_usual_value():
    profile = parse(SMALL)
    function = profile.functions[0]
    assert (1_000, TODAY, 0) == (profile.account_limit, profile.scaling, profile.seed)
    assert (None, 0, 900, 300) == (
        function.reserved,
        function.provisioned,
        function.timeout_s,
        function.idle_reclaim_s,
    )
    assert ("us-east-1", "x86_64") == (function.prices.region, function.prices.architecture)


def test_the_earlier_rule_with_its_usual_numbers():
    assert EARLIER == parse(SMALL + '[scaling]\nrule = "earlier"\n').scaling
    assert 500 == parse(SMALL + '[scaling]\nrule = "earlier"\nimmediate = 500\n').scaling.immediate


def test_a_day_swings_between_trough_and_peak():
    day = diurnal(10, 30, peak_at_s=12 * 3600, seconds=DAY_S)
    assert 20 * DAY_S == pytest.approx(day.expected(0, DAY_S))
    assert 30 == pytest.approx(max(day.rates), rel=1e-3)
    assert 10 == pytest.approx(min(day.rates), rel=1e-3)
    assert 30 == pytest.approx(day.expected(12 * 3600 - 30, 12 * 3600 + 30) / 60, rel=1e-3)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (("memory_mb", "memory_md"), "unknown key 'memory_md'"),
        (("name =", "nam ="), "unknown key 'nam'"),
        (('"constant"', '"constnat"'), "unknown value 'constnat'; did you mean constant"),
        (("memory_mb = 512", "memory_mb = 64"), "memory_mb: must be a whole number from 128 to 10,240"),
        (("memory_mb = 512", "memory_mb = true"), "memory_mb: must be a whole number"),
        (("memory_mb = 512", ""), "memory_mb is missing"),
        (("requests_per_second = 5", "requests_per_second = -1"), "from 0 to 1e+06"),
        (("requests_per_second = 5", "requests_per_second = nan"), "from 0 to 1e+06"),
        (("requests_per_second = 5", "requests_per_second = 1e6"), "600,000,000 requests"),
        (("requests_per_second = 5", "peak_at = '1h'"), "unknown key 'peak_at'"),
        (('"100ms"', "100"), "must be a time with its unit"),
        (('"100ms"', '"100"'), "is not a duration"),
        (('"100ms"', '"16m"'), "duration: must be from"),
        (('"100ms"', '"0ms"'), "duration: must be from"),
        (('"10m"', '"50000m"'), "duration: must be from"),
        (('"100ms"', '"100ms"\nerror_share = 0.1'), "is not a percentage"),
        (('"100ms"', '"100ms"\narchitecture = "arm"'), "did you mean arm64"),
        (('"100ms"', '"100ms"\nreserved_concurrency = 2\nprovisioned_concurrency = 3'), "3 are provisioned"),
        (('"100ms"', '"100ms"\nreserved_concurrency = 1001'), "account's limit is 1,000"),
        (("[functions.f.arrivals]", "[functions.f.arivals]"), "unknown key 'arivals'"),
        (("[functions.f]", "[functions.f"), "is not valid TOML"),
    ],
)
def test_a_mistake_is_named_with_its_place(change, message):
    assert change[0] in SMALL
    with pytest.raises(UsageError) as caught:
        parse(SMALL.replace(*change))
    assert message in caught.value.message + (caught.value.hint or "")
    assert "p.toml" in caught.value.message


@pytest.mark.parametrize(
    ("addition", "message"),
    [
        ('[scaling]\nrule = "today"\nimmediate = 3000', "unknown key 'immediate'"),
        ('[scaling]\nrate = "fast"', "is not a scaling rate"),
        ('[scaling]\nrule = "earlier"\nrate = "1000/10s"', "unknown key 'rate'"),
        ("[account]\nconcurrency_limit = 0", "whole number from 1"),
        ("[account]\nlimit = 5", "unknown key 'limit'"),
        ('[functions.f.retries]\nbackoff = "1s"', "attempts is missing"),
        ("[functions.f.retries]\nattempts = 101", "whole number from 1 to 100"),
        ("[functions.g]\nmemory_mb = 128\nduration = '1s'", "shape is missing"),
    ],
)
def test_a_mistake_in_another_table_is_named(addition, message):
    with pytest.raises(UsageError) as caught:
        parse(f"{SMALL}{addition}\n")
    assert message in caught.value.message


def test_an_unknown_region_names_near_ones():
    with pytest.raises(CostModelError) as caught:
        parse(SMALL + '[account]\nregion = "eu-cental-1"\n')
    assert "eu-central-1" in caught.value.hint


def test_arrivals_come_from_logs_from_a_start_on(tmp_path):
    asked = []

    def read_logs(path, function):
        asked.append((path, function))
        return np.array([0.0, 3_600.0, 3_605.0, 9_000.0])

    arrivals = 'shape = "logs"\npath = "export"\n'
    of_logs = SMALL.replace('shape = "constant"\nrequests_per_second = 5\n', arrivals + 'start = "1h"\n')
    profile = parse_profile(of_logs, source="p.toml", folder=tmp_path, read_logs=read_logs)
    assert [(tmp_path / "export", "f")] == asked
    assert 2 == simulate(profile).totals.requests
    other = of_logs.replace('start = "1h"', 'function = "g"')
    assert 1 == parse_profile(other, source="", folder=tmp_path, read_logs=read_logs).expected_requests
    assert "g" == asked[-1][1]
    with pytest.raises(UsageError, match="nothing here can read logs"):
        parse(of_logs)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "the header is ''"),
        ("time,rate\n0,1\n", "the header is 'time,rate'"),
        ("t_s,requests_per_second\n", "has no rows"),
        ("t_s,requests_per_second\n0,1\n5\n", "line 3: expected 2 numbers"),
        ("t_s,requests_per_second\n0,1\n0,2\n", "do not ascend"),
        ("t_s,requests_per_second\n0,-1\n", "line 2: '-1'"),
        ("t_s,requests_per_second\n0,nan\n", "line 2: 'nan'"),
        ("t_s,requests_per_second\n0,1e9\n", "above 1,000,000 requests"),
        ("t_s\n1\n=cmd()\n", "line 3: '=cmd()'"),
    ],
)
def test_a_csv_file_that_is_wrong_is_refused_with_its_line(tmp_path, text, message):
    (tmp_path / "a.csv").write_text(text)
    with pytest.raises(UsageError) as caught:
        parse(_with_csv("a.csv"), tmp_path)
    assert message in caught.value.message


def test_a_csv_file_with_too_many_rates_is_refused(tmp_path):
    (tmp_path / "a.csv").write_text("t_s,requests_per_second\n" + "".join(f"{n},1\n" for n in range(100_001)))
    with pytest.raises(UsageError, match="more than 100,000 rates"):
        parse(_with_csv("a.csv"), tmp_path)


def test_a_csv_file_of_single_requests_is_played_as_it_is(tmp_path):
    (tmp_path / "a.csv").write_text("t_s\n5\n1.5\n\n700\n")
    result = simulate(parse(_with_csv("a.csv"), tmp_path))
    assert 2 == result.totals.requests  # the third comes after the end


def test_a_csv_file_that_is_not_there_or_is_no_text_is_refused(tmp_path):
    with pytest.raises(UsageError, match="No such file"):
        parse(_with_csv("missing.csv"), tmp_path)
    (tmp_path / "binary.csv").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(UsageError, match="no CSV file"):
        parse(_with_csv("binary.csv"), tmp_path)


@pytest.mark.parametrize("content", [None, b"\xff\xfe", b"x" * (1024 * 1024 + 1)])
def test_a_profile_that_cannot_be_read_is_refused(tmp_path, content):
    path = tmp_path / "p.toml"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(UsageError, match="load profile"):
        load_profile(path)


values = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8) | st.just("5s")
keys = st.sampled_from(["timeout", "duration_cv", "init_duration", "reserved_concurrency", "error_share"])


@settings(deadline=None, max_examples=100)
@given(keys, values)
def test_any_value_is_either_used_or_refused(key, value):
    table = {
        "memory_mb": 128,
        "duration": "1s",
        "arrivals": {"shape": "constant", "requests_per_second": 1},
        key: value,
    }
    try:
        _function("f", table, "p.toml", "us-east-1", lambda *_: constant(1))
    except UsageError as refused:
        assert key in refused.message


def _with_csv(name):
    return SMALL.replace('"constant"', '"csv"').replace("requests_per_second = 5", f'file = "{name}"')
