import pytest
from interchange_cases import DOCUMENTED_ADDRESS

from tuner.errors import UsageError
from tuner.records import Excluded, Outcome
from tuner.reporting.markdown import render_markdown
from tuner.reporting.view import build_view
from tuner.tuning import replay

SIX_CALLS = "".join(f"{size},{duration}\n" for size in (128, 512) for duration in (100.5, 110, 120.25))


def test_each_row_is_an_invocation_billed_by_its_duration(read):
    found = read("memory_mb,duration_ms\n" + SIX_CALLS).measurements
    assert [100.5, 110.0, 120.25] == found.warm_durations_ms()[512]
    assert [101, 110, 121] == [call.billed_duration_ms for call in found.at(512)]
    assert not found.holds_means
    assert () == found.warnings


def test_one_row_a_size_is_a_table_of_averages(read):
    found = read("memory_mb,duration_ms,max_memory_used_mb\n512,50.5,88\n128,200,90\n").measurements
    assert found.holds_means
    assert [(128, 200.0, 90), (512, 50.5, 88)] == [
        (call.memory_mb, call.duration_ms, call.max_memory_used_mb) for call in found.invocations
    ]
    assert ["W-MEANS"] == [warning.code for warning in found.warnings]


def test_every_field_of_an_invocation_can_be_a_column(read):
    table = (
        "memory_mb,duration_ms,billed_duration_ms,init_duration_ms,max_memory_used_mb,outcome,error_type,excluded\n"
        "128,20,320,299.5,71,ok,,\n"
        "128,21,21,,71,ok,,warm_up\n"
        "128,3000,3000,,128,timeout,,\n"
        "128,,,,,function_error,KeyError,\n"
    )
    cold, warm_up, late, failed = read(table).measurements.invocations
    assert cold.cold
    assert 320 == cold.billed_duration_ms
    assert Excluded.WARM_UP is warm_up.excluded
    assert Outcome.TIMEOUT is late.outcome
    assert (None, None, "KeyError") == (failed.duration_ms, failed.billed_duration_ms, failed.error_type)


def test_an_init_is_billed_where_the_bill_is_not_in_the_table(read):
    found = read("memory_mb,duration_ms,init_duration_ms\n128,20.5,300.2\n128,20,\n").measurements
    assert [321, 20] == [call.billed_duration_ms for call in found.invocations]


@pytest.mark.parametrize(
    "text",
    [
        "\ufeffmemory_mb,duration_ms\n" + SIX_CALLS,
        "memory_mb;duration_ms\n" + SIX_CALLS.replace(",", ";"),
        "memory_mb\tduration_ms\r\n" + SIX_CALLS.replace(",", "\t").replace("\n", "\r\n"),
        '"memory_mb","duration_ms"\n' + SIX_CALLS.replace("100.5", '"100.5"'),
        "\n memory_mb , duration_ms \n\n" + SIX_CALLS + "\n,\n",
        "duration_ms,memory_mb\n" + "".join(",".join(r.split(",")[::-1]) + "\n" for r in SIX_CALLS.split()),
    ],
    ids=["mark", "semicolons", "tabs", "quotes", "blanks", "order"],
)
def test_the_same_table_can_be_written_in_many_ways(read, text):
    assert {128: [100.5, 110.0, 120.25], 512: [100.5, 110.0, 120.25]} == read(
        text
    ).measurements.warm_durations_ms()


def test_columns_of_other_things_are_left_out_and_named(read):
    found = read("memory_mb,duration_ms,RequestId\n128,1,a\n128,2,b\n").measurements
    assert ["W-COLUMNS"] == [warning.code for warning in found.warnings]
    assert "'RequestId'" in found.warnings[0].message


def test_a_table_of_a_hundred_thousand_rows_is_read(read):
    text = "memory_mb,duration_ms\n" + "128,100.25\n" * 100_000
    assert 100_000 == len(read(text).measurements.invocations)


def test_more_rows_than_a_run_can_have_are_refused(read, monkeypatch):
    monkeypatch.setattr("tuner.interchange.delimited.MAX_INVOCATIONS", 5)
    with pytest.raises(UsageError, match="more than 5 rows"):
        read("memory_mb,duration_ms\n" + SIX_CALLS)


@pytest.mark.parametrize(
    ("text", "said", "hint"),
    [
        ("memory_mb,duration_ms\n", "a header and no rows", None),
        ("memory_mb,durations_ms\n128,1\n", "unknown column 'durations_ms'", "did you mean duration_ms"),
        ("memory_mb,duration_ms,billed_ms\n128,1,1\n", "unknown column 'billed_ms'", "billed_duration_ms"),
        ("memory_mb\x1b,duration_ms\n128,1\n", r"unknown column 'memory_mb\\x1b'", "memory_mb"),
        ("memory_mb,cost\n128,1\n", "no column duration_ms", "memory_mb,duration_ms"),
        ("memory_mb,duration_ms,duration_ms\n128,1,1\n", "'duration_ms' stands twice", None),
        ("memory_mb,duration_ms\n128,1\n96,1\n", "row 2: 96 MB is not a memory size", None),
        ("memory_mb,duration_ms\n128.5,1\n", "128.5 MB is not a memory size", None),
        ("memory_mb,duration_ms\n128,-1\n", "row 1.duration_ms is not a number", None),
        ("memory_mb,duration_ms\n128,nan\n", "row 1.duration_ms is not a number", None),
        ("memory_mb,duration_ms\n128,1e308\n", "row 1.duration_ms is not a number", None),
        ("memory_mb,duration_ms\n128,0\n", "duration_ms is zero", None),
        ("memory_mb,duration_ms\n128,fast\n", "'fast' is not a number", None),
        ("memory_mb;duration_ms\n128;100,5\n", "'100,5' is not a number", "decimal point"),
        ("memory_mb,duration_ms\n128,1,024\n", "line 2 has 3 cells under a header of 2", "quotes"),
        ("memory_mb,duration_ms\n128,\n", "row 1 has no duration_ms", "failed"),
        ("memory_mb,duration_ms,outcome\n128,1,fine\n", "'fine' is not a valid Outcome", None),
        ("memory_mb,duration_ms\n" + "9" * 200_000 + ",1\n", "field larger than field limit", None),
        ("memory_mb,duration_ms\n128,1\x00\n", "'1\\\\x00' is not a number", None),
    ],
)
def test_a_table_that_cannot_be_meant_is_refused_with_the_place(read, text, said, hint):
    with pytest.raises(UsageError, match=said) as caught:
        read(text)
    assert hint is None or hint in caught.value.hint


def test_an_address_in_a_file_is_decoded(read):
    assert 6 == len(read(f"{DOCUMENTED_ADDRESS}\n").measurements.invocations)


def test_a_report_of_averages_states_no_percentile_and_no_call(tmp_path):
    (tmp_path / "means.csv").write_text("memory_mb,duration_ms\n128,2123\n256,1049\n512,490\n1024,230\n")
    result = replay("means.csv", tmp_path)
    chosen = result.to_dict()["recommendation"]["duration_ms"]
    assert chosen["mean"] > 0
    assert {None} == {chosen[quantile] for quantile in ("p50", "p95", "p99")}
    page = render_markdown(build_view(result))
    warned, _, answer = page.partition("### Recommendation")
    assert "p95" not in answer.partition("What the numbers mean")[0]
    assert "--search grid" not in warned
    assert "nothing was invoked" in page
    assert "warm call" not in page
    assert any("Only averages are known" in reason for reason in result.timeout.reasons)


def test_more_memory_sizes_than_a_fit_can_weigh_are_refused(tmp_path):
    rows = "".join(f"{size},100\n" for size in range(128, 128 + 401))
    (tmp_path / "means.csv").write_text(f"memory_mb,duration_ms\n{rows}")
    with pytest.raises(UsageError, match="401 memory sizes"):
        replay("means.csv", tmp_path)
