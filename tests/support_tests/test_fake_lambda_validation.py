"""Requests that AWS refuses, and answers that it would not give."""

from __future__ import annotations

from typing import Any

import pytest
from fake_lambda import FakeClock, FakeLambda
from fake_lambda.routes import service_model
from fake_lambda.validation import output_problems
from fake_lambda_cases import ONCE, UNCHECKED, Open, refused


@pytest.mark.parametrize(
    ("change", "code", "message"),
    [
        ({"MemorySize": 10241}, "InvalidParameterValueException", "less than or equal to 10240"),
        ({"MemorySize": 127}, "ValidationException", "'memorySize' failed.* greater than or equal to 128"),
        ({"Timeout": 901}, "ValidationException", "Value '901' at 'timeout' .*less than or equal to 900"),
        ({"Timeout": 0}, "ValidationException", "greater than or equal to 1"),
        ({"Description": "d" * 257}, "ValidationException", "length less than or equal to 256"),
        ({"Runtime": "cobol85"}, "ValidationException", "enum value set"),
        ({"TracingConfig": {"Mode": "Off"}}, "ValidationException", "'tracingConfig.mode'"),
        ({"EphemeralStorage": {"Size": 99}}, "ValidationException", "'ephemeralStorage.size'"),
        ({"MemorySize": 127, "Timeout": 0}, "ValidationException", "2 validation errors detected"),
    ],
)
def test_what_is_out_of_range_is_refused(
    aws: FakeLambda, change: dict[str, Any], code: str, message: str
) -> None:
    before = aws.configuration("my-func")
    client = aws.client("lambda", config=UNCHECKED)
    with refused(code, 400, message):
        client.update_function_configuration(FunctionName="my-func", **change)
    assert before == aws.configuration("my-func")


@pytest.mark.parametrize("change", [{"MemorySize": 128}, {"MemorySize": 10240}, {"Timeout": 900}])
def test_the_limits_themselves_are_allowed(aws: FakeLambda, client: Any, change: dict[str, int]) -> None:
    client.update_function_configuration(FunctionName="my-func", **change)
    assert change.items() <= aws.configuration("my-func").items()


def test_a_new_account_has_less_memory(open_fake: Open) -> None:
    aws = open_fake(memory_cap_mb=3008)
    aws.add_function("my-func")
    client = aws.client("lambda", config=ONCE)
    client.update_function_configuration(FunctionName="my-func", MemorySize=3008)
    text = (
        "'MemorySize' value failed to satisfy constraint: Member must have value less than or equal to 3008"
    )
    with refused("InvalidParameterValueException", 400, text):
        client.update_function_configuration(FunctionName="my-func", MemorySize=3009)


def test_a_required_member_is_required(aws: FakeLambda) -> None:
    client = aws.client("lambda", config=UNCHECKED)
    with refused("ValidationException", 400, "'functionVersion' .*must not be null"):
        client.create_alias(FunctionName="my-func", Name="prod")


@pytest.mark.parametrize(
    ("document", "problem"),
    [
        ({"MemorySize": "512"}, "Invalid type for parameter MemorySize"),
        ({"Memory": 512}, 'Unknown parameter in input: "Memory"'),
        ({"State": "Sleeping"}, "is 'Sleeping', which is none of"),
        ({"TenancyConfig": {}}, "Missing required parameter"),
        ({"Layers": [{"Name": "a"}]}, 'Unknown parameter in Layers[0]: "Name"'),
    ],
)
def test_an_answer_that_is_not_aws_s_is_seen(document: dict[str, Any], problem: str) -> None:
    model = service_model("lambda").operation_model("GetFunctionConfiguration")
    assert problem in output_problems(model, document)
    assert "" == output_problems(model, {"MemorySize": 512, "State": "Active"})


def test_a_wrong_answer_fails_the_test_that_got_it() -> None:
    with (
        pytest.raises(AssertionError, match="the fake is wrong:\nGetFunctionConfiguration: "),
        FakeLambda(clock=FakeClock(follow_real_time=False)) as aws,
    ):
        aws.add_function("my-func", extra_configuration={"Colour": "red"})
        with refused("FakeLambdaDefect", 500, "Colour"):
            aws.client("lambda", config=ONCE).get_function_configuration(FunctionName="my-func")


def test_an_operation_that_nobody_plays_is_a_defect(aws: FakeLambda, client: Any) -> None:
    with refused("FakeLambdaDefect", 500, "ListLayers is not played"):
        client.list_layers()
    assert ["ListLayers: ListLayers is not played by the fake"] == aws.defects
    aws.defects.clear()


def test_an_error_on_the_way_out_hides_no_defect() -> None:
    with pytest.raises(KeyError), FakeLambda() as aws:
        aws.defects.append("something")
        raise KeyError
