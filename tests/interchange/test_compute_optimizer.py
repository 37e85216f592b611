import json

import pytest
from interchange_cases import EXPORT_HEADER, arn, export_row

from tuner.errors import UsageError
from tuner.records import FunctionSettings


def export(*rows):
    return "\n".join((EXPORT_HEADER, *rows)) + "\n"


def answer(*functions, **changes):
    """What GetLambdaFunctionRecommendations answers: 1,024 MB today, 512 MB as the option."""
    found = [
        {
            "functionArn": f"{arn(name)}:$LATEST",
            "functionVersion": "$LATEST",
            "currentMemorySize": 1024,
            "numberOfInvocations": 5000,
            "utilizationMetrics": [
                {"name": "Duration", "statistic": "Maximum", "value": 900.0},
                {"name": "Duration", "statistic": "Average", "value": 212.5},
                {"name": "Memory", "statistic": "Maximum", "value": 301.0},
            ],
            "memorySizeRecommendationOptions": [
                {
                    "rank": 1,
                    "memorySize": 512,
                    "projectedUtilizationMetrics": [
                        {"name": "Duration", "statistic": "LowerBound", "value": 400.0},
                        {"name": "Duration", "statistic": "Expected", "value": 430.0},
                    ],
                }
            ],
        }
        | changes
        for name in functions
    ]
    return json.dumps({"lambdaFunctionRecommendations": found})


def points(found):
    return [(call.memory_mb, call.duration_ms) for call in found.measurements.invocations]


def test_an_export_holds_today_and_what_is_projected(read):
    found = read(export(export_row("orders")))
    assert [(512, 430.0), (768, 290.0), (1024, 212.5)] == points(found)
    assert found.measurements.holds_means
    assert "orders" == found.measurements.function
    assert "eu-west-1" == found.measurements.conditions["region"]
    assert FunctionSettings(1024, 30) == found.measurements.current
    assert [None, None, 301] == [call.max_memory_used_mb for call in found.measurements.invocations]


def test_projections_are_called_what_they_are(read):
    warnings = {w.code: w.message for w in read(export(export_row("orders"))).measurements.warnings}
    assert {"W-MEANS", "W-PROJECTED"} == warnings.keys()
    assert "only 1,024 MB was measured; 512 MB, 768 MB are projections" in warnings["W-PROJECTED"]


def test_the_columns_are_known_in_any_case_and_without_underscores(read):
    header = EXPORT_HEADER.replace("_", "").lower()
    assert 3 == len(points(read(f"{header}\n{export_row('orders')}\n")))


def test_an_answer_is_read_too(read):
    found = read(answer("orders"))
    assert [(512, 430.0), (1024, 212.5)] == points(found)
    assert found.measurements.current is None  # an answer does not tell the timeout


def test_a_function_without_options_has_the_size_of_today(read):
    found = read(answer("orders", memorySizeRecommendationOptions=[]))
    assert [(1024, 212.5)] == points(found)
    assert ["W-MEANS"] == [warning.code for warning in found.measurements.warnings]


@pytest.mark.parametrize("name", ["users", arn("users") + ":$LATEST"])
def test_one_of_several_functions_is_chosen_by_its_name(read, name):
    text = export(export_row("orders"), export_row("users", duration="99.5"))
    assert (1024, 99.5) == points(read(text, name=name))[-1]


def test_a_version_is_a_function_of_its_own(read):
    text = export(export_row("orders"), export_row("orders", version="7", duration="50"))
    assert (1024, 50.0) == points(read(text, name="orders:7"))[-1]
    assert (1024, 212.5) == points(read(text, name="orders"))[-1]


def test_several_functions_need_a_name_and_are_named(read):
    with pytest.raises(UsageError, match="2 functions: orders, users") as caught:
        read(export(export_row("orders"), export_row("users")))
    assert "#NAME" in caught.value.hint


def test_hundreds_of_functions_are_not_all_named(read):
    with pytest.raises(UsageError, match="fn-19 and 280 more"):
        read(export(*(export_row(f"fn-{n}") for n in range(300))))


def test_a_misspelt_name_is_told_the_nearest(read):
    with pytest.raises(UsageError, match="no function 'order'") as caught:
        read(export(export_row("orders"), export_row("users")), name="order")
    assert "did you mean orders?" == caught.value.hint


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (export(), "the file has no function"),
        (answer(), "the file has no function"),
        ('{"lambdaFunctionRecommendations": 3}', "not a list"),
        ('{"lambdaFunctionRecommendations": [3]}', "not a list of objects"),
        (answer("orders", utilizationMetrics=[]), "no average duration"),
        (answer("orders", currentMemorySize=None), "'None' is not a memory size"),
        (answer("orders", currentMemorySize=64), "64 MB is not a memory size"),
        (answer("orders", functionArn="nowhere:else:at:all"), "is no name of a Lambda function"),
        (export(export_row("orders", duration="-3")), "'-3' is not a duration"),
        (export(export_row("orders", duration="NaN")), "'NaN' is not a duration"),
        (export(export_row("orders", memory="512")), "512 MB twice"),
        (export(export_row("orders").replace(",301.0,", ",lots,")), "'lots' is not a memory use"),
        (export(export_row("orders").replace(",30,", ",-30,")), "'-30' is not a timeout"),
        (export(export_row("orders").replace(",30,", ",3000,")), "3000.0 is not a timeout"),
    ],
)
def test_recommendations_that_hold_nothing_are_refused_with_the_reason(read, text, said):
    with pytest.raises(UsageError, match=said):
        read(text)
