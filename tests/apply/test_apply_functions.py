"""Which function is meant: its name in the file, its name on AWS, its handler."""

import pytest

from tuner.apply import Scope, Setting, plan_changes
from tuner.errors import UsageError

TEMPLATE = """\
Resources:
  Thumbnail:
    Type: AWS::Lambda::Function
    Properties:
      FunctionName: pictures-thumbnail
      Handler: app.handler
      MemorySize: 512
  Audit:
    Type: AWS::Lambda::Function
    Properties:
      Handler: shared.handler
  Search:
    Type: AWS::Lambda::Function
    Properties:
      Handler: shared.handler
  Storage:
    Type: AWS::CloudFormation::Stack
    Properties: {TemplateURL: ./storage.yaml}
"""


@pytest.fixture
def plan_for(tmp_path):
    def plan(name, text=TEMPLATE, file="t.yaml", **options):
        (tmp_path / file).write_text(text)
        return plan_changes(tmp_path / file, name, {Setting.MEMORY: 1024}, scope=Scope(), **options)

    return plan


@pytest.mark.parametrize(
    "name", ["Thumbnail", "pictures-thumbnail", "app.handler", "my-stack-Thumbnail-1A2B3C4D5E6F"]
)
def test_every_name_of_a_function_is_known(plan_for, name):
    assert "Thumbnail" == plan_for(name).function


def test_a_resource_of_terraform_has_its_address_too(plan_for):
    text = 'resource "aws_lambda_function" "thumb" {\n  memory_size = 512\n}\n'
    assert "thumb" == plan_for("aws_lambda_function.thumb", text, "main.tf").function


def test_a_file_that_a_service_includes_has_functions_too(plan_for):
    text = "Thumbnail:\n  handler: src/thumbnail.handler\n  memorySize: 512\nAudit:\n  image: audit\n"
    assert text.replace("512", "1024").encode() == plan_for("Thumbnail", text, "functions.yml").after


def test_json_is_known_by_its_content_where_the_ending_does_not_say(plan_for):
    text = '{\n\t"Resources": {"F": {"Type": "AWS::Lambda::Function", "Properties": {"MemorySize": 1}}}}\n'
    assert text.replace("1", "1024").encode() == plan_for("F", text, "t.template").after


INHERITED = """\
Transform: AWS::Serverless-2016-10-31
Metadata: {defaults: &defaults {MemorySize: 1024}}
Globals: {Function: {MemorySize: SIZE, Architectures: [arm64]}}
Resources:
  F: {Type: AWS::Serverless::Function, Properties: {Handler: a.b}}
  G: {Type: AWS::Serverless::Function, Properties: {Handler: c.d}}
  M: {Type: AWS::Serverless::Function, Properties: {<<: *defaults, Handler: e.f}}
"""


def test_what_is_inherited_already_is_no_change(plan_for):
    assert () == plan_for("F", INHERITED.replace("SIZE", "1024")).changes
    assert () == plan_for("M", INHERITED.replace("SIZE", "512")).changes
    assert ("Resources", "F", "Properties", "MemorySize") == (
        plan_for("F", INHERITED.replace("SIZE", "512")).changes[0].path
    )
    assert ["W-ARCHITECTURE"] == [
        w.code for w in plan_for("F", INHERITED.replace("SIZE", "512"), measured_on="x86_64").warnings
    ]


def test_a_name_of_several_lists_them(plan_for):
    with pytest.raises(UsageError, match=r"Audit \(t.yaml:8\), Search \(t.yaml:12\)") as refused:
        plan_for("shared.handler")
    assert "--function" in refused.value.hint


def test_an_unknown_name_lists_the_functions_and_where_more_are(plan_for):
    with pytest.raises(UsageError) as refused:
        plan_for("resize")
    assert "known: Audit, Search, Thumbnail" in refused.value.hint
    assert "Storage (./storage.yaml)" in refused.value.hint


def test_a_size_of_another_architecture_is_doubted(plan_for):
    assert () == plan_for("Thumbnail", measured_on="x86_64").warnings
    assert ["W-ARCHITECTURE"] == [w.code for w in plan_for("Thumbnail", measured_on="arm64").warnings]
    arm = TEMPLATE.replace("MemorySize: 512", "MemorySize: 512\n      Architectures: [arm64]")
    assert () == plan_for("Thumbnail", arm, measured_on="arm64").warnings
    computed = TEMPLATE.replace("MemorySize: 512", "MemorySize: 512\n      Architectures: [!Ref A]")
    assert () == plan_for("Thumbnail", computed, measured_on="arm64").warnings
