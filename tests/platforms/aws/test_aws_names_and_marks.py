"""How functions are named, and the note that a run leaves in a description."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tuner.errors import UsageError
from tuner.platforms.aws.journal import LatestSettings
from tuner.platforms.aws.marks import DESCRIPTION_MAX, mark, read_mark
from tuner.platforms.aws.names import FunctionName, parse_function_name
from tuner.platforms.aws.permissions import CALLS, Mode, calls_of, policy

ARN = "arn:aws:lambda:eu-west-1:123456789012:function:my-func"


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("my-func", FunctionName("my-func")),
        ("my_func:prod", FunctionName("my_func", "prod")),
        ("my-func:7", FunctionName("my-func", "7")),
        ("my-func:$LATEST", FunctionName("my-func")),
        (ARN, FunctionName("my-func", None, "eu-west-1", "123456789012")),
        (f"{ARN}:prod", FunctionName("my-func", "prod", "eu-west-1", "123456789012")),
        (ARN.replace("aws:", "aws-us-gov:", 1), FunctionName("my-func", None, "eu-west-1", "123456789012")),
        ("123456789012:function:my-func", FunctionName("my-func", None, None, "123456789012")),
    ],
)
def test_names_and_arns(text, name):
    assert name == parse_function_name(text)


@pytest.mark.parametrize(
    "text", ["", "my func", "a" * 65, "my-func:", ARN.replace("function", "layer"), "a:b:c", "x/y"]
)
def test_what_is_no_name_is_refused(text):
    with pytest.raises(UsageError, match="no name"):
        parse_function_name(text)


@given(
    st.text(max_size=256),
    st.integers(128, 10240),
    st.integers(128, 10240),
    st.integers(1, 900),
    st.integers(0, 9),
)
def test_a_mark_holds_what_is_needed_to_restore(description, now, memory, timeout, copy):
    original = LatestSettings(memory, timeout, description)
    text = mark("0123456789ab", now, original, copy=copy)
    assert len(text) <= DESCRIPTION_MAX
    found = read_mark(text)
    assert ("0123456789ab", now, memory, timeout) == (
        found.run_id,
        found.memory_mb,
        found.original_memory_mb,
        found.original_timeout_s,
    )
    assert found.original_description in (description, None)
    assert found.original_description is not None or len(description) > 150


@pytest.mark.parametrize(
    "text",
    [
        "",
        "thumbnails",
        "tuner",
        "tuner 0123456789ab: measuring",
        "x tuner 0123456789ab: measuring 512 MB, was 512 MB and 3 s",
    ],
)
def test_other_descriptions_are_no_marks(text):
    assert read_mark(text) is None


def test_each_mode_allows_what_the_ones_before_it_do_and_more():
    actions = [{c.action for c in calls_of(mode)} for mode in Mode]
    assert actions[0] < actions[1] < actions[2]
    assert not any(a.startswith("lambda:Update") or "Delete" in a for a in actions[1])


def test_versions_may_be_deleted_and_the_function_may_not():
    document = policy(Mode.MUTATE, ARN)
    deleting = [s for s in document["Statement"] if "lambda:DeleteFunction" in s["Action"]]
    assert [[f"{ARN}:*"]] == [s["Resource"] for s in deleting]
    assert json.loads(json.dumps(document)) == document


def test_every_call_of_the_table_is_one_of_botocores():
    import botocore.session

    session = botocore.session.get_session()
    for call in CALLS.values():
        operations = session.get_service_model(call.service).operation_names
        assert call.operation in operations
