"""Revisions, states, versions, aliases: the control plane as a tuner depends on it."""

from __future__ import annotations

from typing import Any

import pytest
from fake_lambda import FakeLambda
from fake_lambda_cases import ONCE, Open, plain, refused


def test_a_new_function_is_as_it_was_described(open_fake: Open) -> None:
    aws = open_fake()
    aws.add_function(
        "my-func",
        memory_mb=1024,
        timeout_s=30,
        description="resizes",
        environment={"STAGE": "prod"},
        architecture="arm64",
        runtime="nodejs22.x",
        tracing=True,
        snap_start=True,
        log_format="JSON",
        tags={"team": "a"},
        extra_configuration={"TenancyConfig": {"TenantIsolationMode": "PER_TENANT"}},
    )
    found = aws.client("lambda").get_function(FunctionName="my-func")
    configuration = found["Configuration"]
    assert {"team": "a"} == found["Tags"]
    assert "S3" == found["Code"]["RepositoryType"]
    expected = {
        "FunctionArn": "arn:aws:lambda:eu-central-1:123456789012:function:my-func",
        "Version": "$LATEST",
        "MemorySize": 1024,
        "Timeout": 30,
        "Description": "resizes",
        "Environment": {"Variables": {"STAGE": "prod"}},
        "Architectures": ["arm64"],
        "Runtime": "nodejs22.x",
        "TracingConfig": {"Mode": "Active"},
        "SnapStart": {"ApplyOn": "PublishedVersions", "OptimizationStatus": "Off"},
        "State": "Active",
        "LastUpdateStatus": "Successful",
        "TenancyConfig": {"TenantIsolationMode": "PER_TENANT"},
    }
    assert expected == {name: configuration[name] for name in expected}
    assert "JSON" == configuration["LoggingConfig"]["LogFormat"]


def test_an_image_has_neither_runtime_nor_handler(open_fake: Open) -> None:
    aws = open_fake()
    aws.add_function("my-func", package_type="Image")
    configuration = aws.configuration("my-func")
    assert "Image" == configuration["PackageType"]
    assert not {"Runtime", "Handler"} & configuration.keys()


@pytest.mark.parametrize(
    ("name", "qualifier", "arn_end"),
    [
        ("my-func", None, "function:my-func"),
        ("my-func", "$LATEST", "function:my-func:$LATEST"),
        ("my-func:1", None, "function:my-func:1"),
        ("my-func", "prod", "function:my-func:prod"),
        ("arn:aws:lambda:eu-central-1:123456789012:function:my-func", "1", "function:my-func:1"),
        ("arn:aws:lambda:eu-central-1:123456789012:function:my-func:prod", None, "function:my-func:prod"),
        ("123456789012:function:my-func", None, "function:my-func"),
    ],
)
def test_a_function_is_found_by_every_form_of_its_name(
    client: Any, name: str, qualifier: str | None, arn_end: str
) -> None:
    client.publish_version(FunctionName="my-func")
    client.create_alias(FunctionName="my-func", Name="prod", FunctionVersion="1")
    options = {"Qualifier": qualifier} if qualifier else {}
    found = client.get_function_configuration(FunctionName=name, **options)
    assert arn_end == found["FunctionArn"].partition("123456789012:")[2]
    assert ("1" if arn_end[-1] in "1d" else "$LATEST") == found["Version"]


@pytest.mark.parametrize(
    ("name", "qualifier"),
    [
        ("other", None),
        ("my-func", "7"),
        ("my-func", "prod"),
        ("arn:aws:lambda:us-east-1:123456789012:function:my-func", None),
        ("arn:aws:lambda:eu-central-1:999999999999:function:my-func", None),
    ],
)
def test_what_is_not_there_is_not_found(client: Any, name: str, qualifier: str | None) -> None:
    options = {"Qualifier": qualifier} if qualifier else {}
    with refused("ResourceNotFoundException", 404, "Function not found: arn:aws:lambda"):
        client.get_function_configuration(FunctionName=name, **options)


def test_another_region_has_no_functions(aws: FakeLambda) -> None:
    session = aws.client("lambda", region_name="us-east-1", config=ONCE)
    with refused("ResourceNotFoundException", 404, "us-east-1"):
        session.get_function(FunctionName="my-func")


def test_two_qualifiers_that_differ_are_refused(client: Any) -> None:
    with refused("InvalidParameterValueException", 400, "derived qualifier"):
        client.get_function(FunctionName="my-func:1", Qualifier="2")


def test_the_configuration_without_a_request_is_the_same_as_with_one(aws: FakeLambda, client: Any) -> None:
    assert plain(client.get_function_configuration(FunctionName="my-func")) == aws.configuration("my-func")


def test_an_update_changes_what_it_names_and_nothing_else(aws: FakeLambda, client: Any) -> None:
    before = aws.configuration("my-func")
    client.update_function_configuration(
        FunctionName="my-func", MemorySize=1024, Environment={"Variables": {"A": "1"}}
    )
    after = aws.configuration("my-func")
    changed = {name for name in before.keys() | after.keys() if before.get(name) != after.get(name)}
    assert {"MemorySize", "Environment", "RevisionId", "LastModified", "ConfigSha256"} >= changed
    assert (1024, {"Variables": {"A": "1"}}) == (after["MemorySize"], after["Environment"])


def test_setting_everything_back_gives_the_configuration_as_it_was(aws: FakeLambda, client: Any) -> None:
    before = aws.configuration("my-func")
    client.update_function_configuration(
        FunctionName="my-func", MemorySize=1024, Environment={"Variables": {"A": "1"}}
    )
    client.update_function_configuration(
        FunctionName="my-func", MemorySize=512, Environment={"Variables": {}}
    )
    after = aws.configuration("my-func")
    volatile = {"RevisionId", "LastModified"}
    assert {k: v for k, v in before.items() if k not in volatile} == {
        k: v for k, v in after.items() if k not in volatile
    }


def test_the_revision_changes_with_the_change_and_again_when_it_settles(open_fake: Open) -> None:
    aws = open_fake(update_seconds=5)
    aws.add_function("my-func")
    client = aws.client("lambda")
    before = aws.configuration("my-func")["RevisionId"]
    during = client.update_function_configuration(FunctionName="my-func", Timeout=9)
    assert ("InProgress", 9) == (during["LastUpdateStatus"], during["Timeout"])
    assert during["RevisionId"] == aws.configuration("my-func")["RevisionId"]
    aws.clock.advance(5)
    after = aws.configuration("my-func")
    assert "Successful" == after["LastUpdateStatus"]
    assert 3 == len({before, during["RevisionId"], after["RevisionId"]})


@pytest.mark.parametrize("operation", ["update_function_configuration", "publish_version"])
def test_a_stale_revision_is_refused(client: Any, operation: str) -> None:
    stale = client.get_function_configuration(FunctionName="my-func")["RevisionId"]
    client.update_function_configuration(FunctionName="my-func", MemorySize=256)
    with refused("PreconditionFailedException", 412, "latest Revision Id"):
        getattr(client, operation)(FunctionName="my-func", RevisionId=stale)
    fresh = client.get_function_configuration(FunctionName="my-func")["RevisionId"]
    getattr(client, operation)(FunctionName="my-func", RevisionId=fresh)


def test_the_revision_of_an_unsettled_update_is_stale_once_it_settled(open_fake: Open) -> None:
    aws = open_fake(update_seconds=5)
    aws.add_function("my-func")
    client = aws.client("lambda", config=ONCE)
    during = client.update_function_configuration(FunctionName="my-func", Timeout=9)["RevisionId"]
    aws.clock.advance(6)
    with refused("PreconditionFailedException", 412):
        client.publish_version(FunctionName="my-func", RevisionId=during)


@pytest.mark.parametrize("operation", ["update_function_configuration", "publish_version"])
def test_nothing_can_be_changed_while_an_update_is_in_progress(open_fake: Open, operation: str) -> None:
    aws = open_fake(update_seconds=5)
    aws.add_function("my-func")
    client = aws.client("lambda", config=ONCE)
    client.update_function_configuration(FunctionName="my-func", Timeout=9)
    with refused("ResourceConflictException", 409, "An update is in progress for resource: arn:aws"):
        getattr(client, operation)(FunctionName="my-func")
    aws.clock.advance(5)
    getattr(client, operation)(FunctionName="my-func")


def test_the_waiter_of_botocore_sees_an_update_settle(open_fake: Open) -> None:
    aws = open_fake(update_seconds=5)
    aws.clock.tick_seconds = 3
    aws.add_function("my-func")
    client = aws.client("lambda")
    client.update_function_configuration(FunctionName="my-func", MemorySize=256)
    waiter = client.get_waiter("function_updated_v2")
    waiter.wait(FunctionName="my-func", WaiterConfig={"Delay": 0, "MaxAttempts": 3})
    assert "Successful" == aws.configuration("my-func")["LastUpdateStatus"]


def test_a_version_is_pending_for_a_while(open_fake: Open) -> None:
    aws = open_fake(publish_seconds=3, snap_start_seconds=90)
    client = aws.client("lambda", config=ONCE)
    for name, snap_start, seconds in (("plain", False, 3), ("snap", True, 90)):
        aws.add_function(name, snap_start=snap_start)
        published = client.publish_version(FunctionName=name)
        assert ("1", "Pending", "Creating") == (
            published["Version"],
            published["State"],
            published["StateReasonCode"],
        )
        aws.clock.advance(seconds - 1)
        with refused("ResourceConflictException", 409, "in the following state: Pending"):
            client.invoke(FunctionName=name, Qualifier="1")
        aws.clock.advance(1)
        assert "Active" == aws.configuration(name, "1")["State"]
        assert 200 == client.invoke(FunctionName=name, Qualifier="1")["StatusCode"]


def test_a_function_can_be_put_into_another_state(aws: FakeLambda, client: Any) -> None:
    aws.set_state("my-func", "Inactive")
    assert "Idle" == client.get_function_configuration(FunctionName="my-func")["StateReasonCode"]
    with refused("ResourceConflictException", 409, "Inactive"):
        client.invoke(FunctionName="my-func")


def test_a_version_keeps_what_latest_was(aws: FakeLambda, client: Any) -> None:
    client.publish_version(FunctionName="my-func", Description="first")
    client.update_function_configuration(FunctionName="my-func", MemorySize=1024)
    client.publish_version(FunctionName="my-func", Description="second")
    assert [("1", "first", 512), ("2", "second", 1024)] == aws.versions("my-func")
    assert 512 == client.get_function_configuration(FunctionName="my-func", Qualifier="1")["MemorySize"]


def test_publishing_the_same_again_makes_no_version(aws: FakeLambda, client: Any) -> None:
    first = client.publish_version(FunctionName="my-func", Description="first")
    again = client.publish_version(FunctionName="my-func", Description="second")
    assert ("1", "first") == (again["Version"], again["Description"])
    assert first["FunctionArn"] == again["FunctionArn"]
    client.update_function_configuration(FunctionName="my-func", MemorySize=1024)
    client.update_function_configuration(FunctionName="my-func", MemorySize=512)
    assert "1" == client.publish_version(FunctionName="my-func")["Version"]
    assert [("1", "first", 512)] == aws.versions("my-func")


def test_new_code_makes_a_new_version(client: Any) -> None:
    first = client.publish_version(FunctionName="my-func")
    changed = client.update_function_code(FunctionName="my-func", ZipFile=b"other code")
    assert first["CodeSha256"] != changed["CodeSha256"]
    second = client.publish_version(FunctionName="my-func", CodeSha256=changed["CodeSha256"])
    assert ("2", changed["CodeSha256"]) == (second["Version"], second["CodeSha256"])
    with refused("InvalidParameterValueException", 400, "is different from current CodeSHA256"):
        client.publish_version(FunctionName="my-func", CodeSha256=first["CodeSha256"])


def test_a_number_is_not_used_twice(aws: FakeLambda, client: Any) -> None:
    client.publish_version(FunctionName="my-func")
    client.delete_function(FunctionName="my-func", Qualifier="1")
    assert [] == aws.versions("my-func")
    assert "2" == client.publish_version(FunctionName="my-func")["Version"]


def test_deleting_a_version_leaves_the_function(aws: FakeLambda, client: Any) -> None:
    client.publish_version(FunctionName="my-func")
    assert 204 == client.delete_function(FunctionName="my-func", Qualifier="1")["StatusCode"]
    assert aws.exists("my-func")
    with refused("ResourceNotFoundException", 404):
        client.delete_function(FunctionName="my-func", Qualifier="1")


def test_deleting_without_a_qualifier_deletes_the_function(aws: FakeLambda, client: Any) -> None:
    client.delete_function(FunctionName="my-func")
    assert not aws.exists("my-func")
    aws.add_function("my-func")
    assert aws.exists("my-func")


@pytest.mark.parametrize("routing", [None, {"AdditionalVersionWeights": {"1": 0.1}}])
def test_a_version_that_an_alias_needs_stays(aws: FakeLambda, client: Any, routing: Any) -> None:
    client.publish_version(FunctionName="my-func")
    client.update_function_configuration(FunctionName="my-func", MemorySize=1024)
    client.publish_version(FunctionName="my-func")
    options = {"RoutingConfig": routing} if routing else {}
    version = "2" if routing else "1"
    client.create_alias(FunctionName="my-func", Name="prod", FunctionVersion=version, **options)
    with refused("ResourceConflictException", 409, "prod"):
        client.delete_function(FunctionName="my-func", Qualifier="1")
    client.delete_alias(FunctionName="my-func", Name="prod")
    client.delete_function(FunctionName="my-func", Qualifier="1")
    assert ["2"] == [number for number, *_ in aws.versions("my-func")]


def test_latest_cannot_be_deleted_alone(client: Any) -> None:
    with refused("InvalidParameterValueException", 400, "LATEST"):
        client.delete_function(FunctionName="my-func", Qualifier="$LATEST")


def test_an_alias_is_made_moved_and_deleted(client: Any) -> None:
    for memory in (512, 1024):
        client.update_function_configuration(FunctionName="my-func", MemorySize=memory)
        client.publish_version(FunctionName="my-func")
    made = client.create_alias(FunctionName="my-func", Name="prod", FunctionVersion="1", Description="d")
    assert ("1", "d", "arn:aws:lambda:eu-central-1:123456789012:function:my-func:prod") == (
        made["FunctionVersion"],
        made["Description"],
        made["AliasArn"],
    )
    moved = client.update_alias(
        FunctionName="my-func", Name="prod", FunctionVersion="2", RevisionId=made["RevisionId"]
    )
    assert "2" == client.get_function_configuration(FunctionName="my-func", Qualifier="prod")["Version"]
    with refused("PreconditionFailedException", 412):
        client.update_alias(FunctionName="my-func", Name="prod", RevisionId=made["RevisionId"])
    assert plain(moved) == plain(client.get_alias(FunctionName="my-func", Name="prod"))
    assert [plain(moved)] == client.list_aliases(FunctionName="my-func")["Aliases"]
    assert [] == client.list_aliases(FunctionName="my-func", FunctionVersion="1")["Aliases"]
    client.delete_alias(FunctionName="my-func", Name="prod")
    assert [] == client.list_aliases(FunctionName="my-func")["Aliases"]


def test_an_alias_needs_its_version_and_a_name_of_its_own(client: Any) -> None:
    with refused("ResourceNotFoundException", 404):
        client.create_alias(FunctionName="my-func", Name="prod", FunctionVersion="9")
    client.create_alias(FunctionName="my-func", Name="prod", FunctionVersion="$LATEST")
    with refused("ResourceConflictException", 409, "Alias already exists"):
        client.create_alias(FunctionName="my-func", Name="prod", FunctionVersion="$LATEST")


def test_long_lists_come_in_pages_without_states(open_fake: Open) -> None:
    aws = open_fake(page_size=3)
    aws.add_function("my-func")
    client = aws.client("lambda")
    for memory in range(128, 133):
        client.update_function_configuration(FunctionName="my-func", MemorySize=memory)
        client.publish_version(FunctionName="my-func")
    first = client.list_versions_by_function(FunctionName="my-func")
    assert ["$LATEST", "1", "2"] == [version["Version"] for version in first["Versions"]]
    assert "State" not in first["Versions"][0]
    pages = client.get_paginator("list_versions_by_function").paginate(FunctionName="my-func")
    assert ["$LATEST", "1", "2", "3", "4", "5"] == [v["Version"] for page in pages for v in page["Versions"]]


def test_functions_are_listed_alone_or_with_their_versions(aws: FakeLambda, client: Any) -> None:
    aws.add_function("other")
    client.publish_version(FunctionName="my-func")
    assert ["my-func", "other"] == [f["FunctionName"] for f in client.list_functions()["Functions"]]
    listed = client.list_functions(FunctionVersion="ALL")["Functions"]
    assert ["$LATEST", "1", "$LATEST"] == [each["Version"] for each in listed]


def test_a_function_can_be_created_over_http(aws: FakeLambda) -> None:
    client = aws.client("lambda", config=ONCE)
    wanted = {
        "FunctionName": "made",
        "Role": aws.configuration("my-func")["Role"],
        "Runtime": "python3.12",
        "Handler": "app.handler",
        "Code": {"ZipFile": b"code"},
    }
    made = client.create_function(**wanted)
    assert ("Pending", 128, 3) == (made["State"], made["MemorySize"], made["Timeout"])
    assert "Active" == aws.configuration("made")["State"]
    assert 200 == client.invoke(FunctionName="made")["StatusCode"]
    with refused("ResourceConflictException", 409, "already exist"):
        client.create_function(**wanted)


def test_moto_refuses_a_role_that_is_not_there(aws: FakeLambda) -> None:
    with refused("InvalidParameterValueException", 400, "cannot be assumed"):
        aws.client("lambda", config=ONCE).create_function(
            FunctionName="made",
            Role="arn:aws:iam::123456789012:role/nobody",
            Runtime="python3.12",
            Handler="app.handler",
            Code={"ZipFile": b"code"},
        )


def test_code_is_published_in_one_step(client: Any) -> None:
    published = client.update_function_code(FunctionName="my-func", ZipFile=b"new", Publish=True)
    assert "1" == published["Version"]
